// What stands in the columns of a trace: their rows, and how a row is drawn.

const DRAW = {
    source(view, row, element) {
        if (row.head || row.gap)
            return void element.append(make("span", row.head ? "heading" : "gap", row.head ?? "⋯"));
        if (row.through) element.classList.add("through");
        const time = make("span", "time", row.time ? percent(row.time, view.dump.samples) : "");
        time.style.setProperty("--heat", heat(row.time, view.mostTime));
        if (row.time) time.title = `${number(row.time)} samples`;
        const exits = make("span", "exit-count", row.exits ? `×${short(row.exits)}` : "");
        exits.style.setProperty("--heat", heat(row.exits, view.mostTaken));
        if (row.exits) exits.title = `exits taken here ${number(row.exits)} times`;
        element.append(
            time,
            exits,
            make("span", "line-number", String(row.line)),
            make("span", "code", ...source(row.text)),
        );
    },

    bytecode(view, row, element) {
        element.style.setProperty("--depth", row.depth);
        if (row.head)
            return void element.append(make("span", "heading", row.head, make("small", "", ` ${base(row.file)}`)));
        const text = instruction(row.text);
        const op = firstWord(text);
        element.append(make("span", "pc", row.pc), make("span", "code", make("span", "op", op), text.slice(op.length)));
        // Of whole functions: what goes with an instruction, and is none.
        if (row.instruction === false) element.classList.add("aside");
        element.title = placeText(row);
    },

    ir(view, row, element) {
        const { line } = row;
        element.style.setProperty("--depth", view.bytecode[line.bytecode]?.depth ?? 0);
        const mark = row.gone ? "−" : (line.mark ?? "");
        if (mark) element.classList.add({ "+": "added", "~": "changed", "−": "removed" }[mark]);
        const name = make("span", "number");
        if (line.type) name.append(row.gone ? `%${row.gone.was}` : value(row.number));
        const code = make("span", "code", make("span", operationClass(line), line.op), " ", ...operands(line.operands));
        element.append(make("span", "change", mark), name, make("span", "type", line.type ?? ""), code);
        const rule = row.gone ? row.gone.rule : line.rule;
        if (rule) element.append(make("span", "rule", rule));
        if (line.mark === "~" && line.before)
            element.append(make("span", "was", `was ${line.before.op} ${line.before.operands}`));
        if (line.exit !== undefined) element.append(exitChip(view, line.exit));
        else if (line.snapshot !== undefined) element.append(make("span", "snap", `s${line.snapshot}`));
        if (line.place) element.append(make("span", "place", line.place));
    },

    snapshots(view, row, element) {
        if (row.plain !== undefined) return void element.append(make("span", "plain code", ...operands(row.plain)));
        const exits = view.exitsOfSnapshot.get(row.number) ?? [];
        element.append(make("span", "snap", `s${row.number}`));
        for (const at of exits) element.append(exitChip(view, at));
        const to = exits.length ? view.exits[exits[0]].to : null;
        element.append(
            make("span", "pc", to ? `${to.function}:${to.line}` : row.pc),
            make("span", "code", ...operands(row.entries)),
        );
        element.title = to ? `goes on at ${placeText(to)}, ${row.pc}` : row.pc;
    },

    machine(view, row, element, index) {
        const begins = view.data.machine[index - 1]?.of !== row.of;
        if (begins) element.classList.add("group");
        const offset = make("span", "offset", row.offset.toString(16).padStart(4, "0"));
        element.append(
            offset,
            make("span", "of", begins ? row.of : ""),
            make("span", "code", ...machine(row.text, (to) => view.jump(to))),
        );
    },
};

// An exit with how often it was taken, and the side trace that it leads to.
function exitChip(view, at) {
    const exit = view.exits[at];
    const chip = make("span", "exit", `exit ${at}`);
    if (!exit) return chip;
    chip.append(view.taken(exit.taken) ?? "");
    if (exit.side) {
        const link = make("span", "link", ` → ${view.short(exit.side)}`);
        link.addEventListener("click", (event) => {
            event.stopPropagation();
            view.open(exit.side, true);
        });
        chip.append(link);
    }
    const then = exit.side ? `; now leads to trace ${view.short(exit.side)} (f)` : "";
    chip.title = `taken ${number(exit.taken)} times to the interpreter, at ${placeText(exit.to)}${then}`;
    return chip;
}

// Where each row is that has a number.
function indexes(rows) {
    const of = new Map(rows.map((row, at) => [row.number, at]));
    of.delete(undefined);
    return of;
}

// Rows by a key that some have.
function group(rows, key) {
    const groups = new Map();
    rows.forEach((row, at) => {
        const of = key(row);
        if (of === undefined || of === null) return;
        if (!groups.has(of)) groups.set(of, []);
        groups.get(of).push(at);
    });
    return groups;
}

// Which lines read each value.
function uses(one) {
    const of = new Map();
    one.lines.forEach((line, at) => {
        for (const value of valuesOf(line.operands)) {
            if (!of.has(value)) of.set(value, new Set());
            of.get(value).add(at);
        }
    });
    return of;
}

function dedent(text, indent) {
    return text.slice(0, indent).trim() ? text.trimStart() : text.slice(indent);
}

// The lines of source that a trace goes through, with some around them.
function sourceRows(dump, entry, timeOf, exitsOf) {
    const files = new Map();
    for (const key of entry.lines) {
        const split = key.lastIndexOf(":");
        const file = key.slice(0, split);
        if (!files.has(file)) files.set(file, new Set());
        files.get(file).add(Number(key.slice(split + 1)));
    }
    const rows = [];
    for (const [file, lines] of files) {
        const text = dump.files.get(file) ?? [];
        const indent = Math.min(...[...lines].map((line) => /^ */.exec(text[line - 1] ?? "")[0].length));
        rows.push({ head: file });
        let last = 0;
        for (const line of [...lines].sort((a, b) => a - b)) {
            const from = Math.max(last + 1, line - CONTEXT);
            if (last && from > last + 1) rows.push({ gap: true });
            for (last = from; last <= Math.min(line + CONTEXT, Math.max(text.length, line)); last += 1) {
                const key = lineKey(file, last);
                rows.push({
                    file,
                    line: last,
                    key,
                    text: dedent(text[last - 1] ?? "", indent),
                    through: lines.has(last),
                    time: timeOf.get(key) ?? 0,
                    exits: exitsOf.get(key) ?? 0,
                });
            }
            last -= 1;
        }
    }
    return rows;
}

// A whole function in the form of a trace: its parts stand for bytecode.
function wholeFunction(dump, entry) {
    const record = dump.parse(entry.compiled);
    const bytecode = record.parts.map((part) => ({
        ...(part.at ?? { function: record.at.function, file: record.at.file, line: undefined, pc: "" }),
        depth: 0,
        text: part.what,
        instruction: part.instruction,
    }));
    const machine = record.parts.flatMap((part, at) =>
        part.machine.map(([offset, text]) => ({ offset, text, of: part.at?.pc ?? part.what, part: at })),
    );
    return { stages: [], bytecode, compiled: { machine, exits: [], ir: { lines: [] } } };
}
