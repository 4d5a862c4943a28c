// The list of traces: search, filters, order.

const ORDERS = {
    time: ["time", (a, b) => b.time - a.time || b.taken - a.taken || a.order - b.order],
    exits: ["exits taken", (a, b) => b.taken - a.taken || a.order - b.order],
    number: ["number", (a, b) => a.order - b.order],
    size: ["size", (a, b) => b.bytes - a.bytes || a.order - b.order],
};

class List {
    constructor(dump, open) {
        this.dump = dump;
        this.kinds = new Set();
        this.function = "";
        this.query = "";
        this.order = dump.times ? "time" : "exits";
        this.open = open;
        this.most = Math.max(1, ...dump.entries.map((entry) => entry.taken));
        this.rows = new Rows(document.getElementById("list"), {
            height: 46,
            label: "Traces",
            row: (index, element) => this.row(this.found[index], element),
            onActive: (index) => open(this.found[index].key, false),
            onOpen: (index, event) => open(this.found[index].key, event.type === "keydown"),
        });
        this.controls();
        this.update();
    }

    controls() {
        const kinds = document.getElementById("kinds");
        for (const [kind, name] of Object.entries(KINDS)) {
            const count = this.dump.entries.filter((entry) => entry.kind === kind).length;
            if (!count) continue;
            const chip = button(`chip kind-${kind}`, `${BADGES[kind]} ${number(count)}`, `only: ${name}`, () => {
                const on = !this.kinds.delete(kind);
                if (on) this.kinds.add(kind);
                chip.setAttribute("aria-pressed", on);
                this.update();
            });
            chip.setAttribute("aria-pressed", "false");
            kinds.append(chip);
        }
        const functions = new Set(this.dump.entries.flatMap((entry) => [...entry.functions]));
        const select = document.getElementById("function");
        select.append(new Option("all", ""), ...[...functions].sort().map((name) => new Option(name, name)));
        select.addEventListener("change", () => {
            this.function = select.value;
            this.update();
        });
        const order = document.getElementById("order");
        order.append(...Object.entries(ORDERS).map(([key, [name]]) => new Option(name, key)));
        order.value = this.order;
        order.addEventListener("change", () => {
            this.order = order.value;
            this.update();
        });
        this.search = document.getElementById("search");
        this.search.addEventListener("input", () => this.find(this.search.value));
        this.search.addEventListener("keydown", (event) => {
            if (event.key === "Enter" || event.key === "ArrowDown") {
                event.preventDefault();
                this.rows.box.focus();
                if (this.rows.active < 0) this.move(1);
            } else if (event.key === "Escape") {
                this.search.value = "";
                this.find("");
                this.rows.box.focus();
            }
        });
    }

    find(query) {
        this.query = query.trim().toLowerCase();
        if (this.search.value.trim().toLowerCase() !== this.query) this.search.value = query;
        this.update();
        this.onFind?.(this.query);
    }

    matches(entry, terms) {
        if (this.kinds.size && !this.kinds.has(entry.kind)) return false;
        if (this.function && !entry.functions.has(this.function)) return false;
        const { haystack } = entry;
        return terms.every((term) => {
            // A number is a trace's, and all of it; so is that of a line.
            if (/^\d+$/.test(term)) return String(entry.number) === term;
            if (/:\d+$/.test(term)) return haystack.includes(`${term} `) || haystack.includes(`${term}\n`);
            return haystack.includes(term);
        });
    }

    update() {
        const terms = this.query.split(/\s+/).filter(Boolean);
        this.found = this.dump.entries.filter((entry) => this.matches(entry, terms));
        this.found.sort(ORDERS[this.order][1]);
        const all = this.dump.entries.length;
        document.getElementById("found").textContent =
            this.found.length === all
                ? `${number(all)} traces`
                : `${number(this.found.length)} of ${number(all)} traces`;
        this.onUpdate?.(this.found);
        this.rows.reset(
            this.found.length,
            this.found.findIndex((entry) => entry.key === this.selected),
        );
    }

    select(key) {
        this.selected = key;
        const index = this.found.findIndex((entry) => entry.key === key);
        this.rows.activate(index, true);
        if (index >= 0) this.rows.show(index);
    }

    move(by) {
        if (!this.found.length) return;
        const index = Math.min(this.found.length - 1, Math.max(0, this.rows.active + by));
        this.open(this.found[index].key, false);
    }

    row(entry, element) {
        const share = this.dump.samples ? entry.time / this.dump.samples : entry.taken / this.most;
        const right = this.dump.samples && entry.kind !== "abandoned" ? percent(entry.time, this.dump.samples) : "";
        element.append(
            make(
                "div",
                "first",
                badge(entry),
                make("b", "", String(nameOf(entry))),
                make("span", "where", ...whereParts(this.dump, entry.at)),
                make("span", "share", right),
            ),
            make("div", "second", summary(entry)),
        );
        const bar = make("div", this.dump.samples ? "meter" : "meter exits");
        bar.style.width = `${Math.min(100, 100 * share)}%`;
        element.append(bar);
        element.title = entry.at ? `${KINDS[entry.kind]}, ${placeText(entry.at)}` : KINDS[entry.kind];
    }
}

const BADGES = { loop: "loop", side: "side", function: "fn", shared_end: "end", whole: "whole", abandoned: "gave up" };

function badge(entry) {
    return make("span", `badge kind-${entry.kind}`, BADGES[entry.kind]);
}

function nameOf(entry) {
    const generation = entry.generation > 0 ? `${entry.generation}.` : "";
    return `${generation}${entry.number}`;
}

// A place in few letters: of the program's own file only the line.
function whereText(dump, at) {
    return at.file === dump.program ? `${at.function}:${at.line}` : `${at.function} ${base(at.file)}:${at.line}`;
}

// The same, so that the line is still there where there is no room for all.
function whereParts(dump, at) {
    if (!at) return [];
    const text = whereText(dump, at);
    const line = text.lastIndexOf(":");
    return [make("span", "where-name", text.slice(0, line)), text.slice(line)];
}

// The last part of a path.
function base(file) {
    return file.slice(file.lastIndexOf("/") + 1);
}

function summary(entry) {
    if (entry.kind === "abandoned") return entry.problem?.reason ?? "recorded anew, in another way";
    if (entry.kind === "whole") return `${number(entry.bytes)} bytes`;
    const exits = entry.taken ? ` · exits ×${short(entry.taken)}` : "";
    const parent = entry.kind === "side" ? `of ${entry.start.parent} · ` : "";
    return `${parent}${number(entry.instructions)} IR · ${number(entry.bytes)} bytes${exits}`;
}
