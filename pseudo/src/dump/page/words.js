// Colours for source, bytecode, IR and machine code, and what can be clicked in them.

const KEYWORDS = new Set(
    (
        "and as break case catch class const continue do elif else end enum extends export false finally fn for from if import in " +
        "input let loop match mod div nil not null or output private public repeat return self static step super then this throw " +
        "to true try until while with"
    ).split(" "),
);
const SOURCE = /(\/\/.*|\/\*.*?\*\/)|("(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?)|(\b\d[\w.]*\b)|([\p{L}_][\p{L}\p{N}_]*)/gu;

function source(text) {
    const parts = [];
    let done = 0;
    for (const found of text.matchAll(SOURCE)) {
        const [all, comment, string, digits, word] = found;
        const kind = comment
            ? "comment"
            : string
              ? "string"
              : digits
                ? "digits"
                : KEYWORDS.has(word)
                  ? "keyword"
                  : null;
        if (!kind) continue;
        parts.push(text.slice(done, found.index), make("span", kind, all));
        done = found.index + all.length;
    }
    parts.push(text.slice(done));
    return parts;
}

function value(number, mark) {
    const element = make("span", "value", `%${number}`);
    element.dataset.value = number;
    if (mark === number) element.classList.add("marked");
    return element;
}

// Operands with the values in them.
function operands(text, mark) {
    const parts = [];
    let done = 0;
    for (const found of text.matchAll(VALUES)) {
        parts.push(text.slice(done, found.index));
        done = found.index + found[0].length;
        parts.push(found[1] === undefined ? make("span", "string", found[0]) : value(Number(found[1]), mark));
    }
    parts.push(text.slice(done));
    return parts;
}

// What kind of operation it is, for its colour.
function operationClass(line) {
    if (line.guard) return "op guard";
    if (line.op === "loop" || line.op === "phi" || line.op === "poll") return "op round";
    if (/^call|^new|^alloc|^reserve/.test(line.op)) return "op call";
    if (/^(load|store|slot|set|arr|add\.field|obj|field|dict|str)\b/.test(line.op)) return "op memory";
    return "op";
}

// A machine instruction; `go` is called with what a jump in it leads to.
function machine(text, go) {
    const jump = /-> (loop|exit \d+|trace \d+|[0-9a-f]{4,})/.exec(text);
    const first = firstWord(text);
    const head = jump ? text.slice(first.length, jump.index) : text.slice(first.length);
    const parts = [make("span", /^j|^call|^ret/.test(first) ? "op round" : "op", first), head];
    if (jump) {
        const link = make("span", "link", jump[0]);
        link.addEventListener("click", (event) => {
            event.stopPropagation();
            go(jump[1]);
        });
        parts.push(link, text.slice(jump.index + jump[0].length));
    }
    return parts;
}

function jumpOf(text) {
    return /-> (loop|exit \d+|trace \d+|[0-9a-f]{4,})/.exec(text)?.[1];
}
