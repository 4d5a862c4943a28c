// The IR of a trace after each pass. The dump says of a pass which lines stayed and which changed; the lines are put together
// here. Nothing in this file knows of the page.

// Values in operands, outside of quoted constants.
const VALUES = /"(?:[^"\\]|\\.)*"|%(\d+)/g;

function valuesOf(operands) {
    const values = [];
    for (const found of operands.matchAll(VALUES)) if (found[1] !== undefined) values.push(Number(found[1]));
    return values;
}

// The lines after a pass, from those before it: `from` has for each the number that it had, or -1, and `to` for each of those
// before the number that it has got, or -1. A line has a `mark` if it is new (`+`) or has changed (`~`).
function rebuild(before, steps) {
    const lines = [];
    const from = [];
    const to = new Array(before.length).fill(-1);
    const same = [];
    for (const step of steps) {
        if (step.same !== undefined) {
            for (let at = step.same; at < step.same + step.count; at += 1) {
                same.push(lines.length);
                to[at] = lines.length;
                from.push(at);
                lines.push({ ...before[at], mark: undefined, rule: undefined, before: undefined });
            }
        } else {
            const { was, rule, ...line } = step;
            if (was !== undefined) to[was] = lines.length;
            from.push(was ?? -1);
            lines.push({ ...line, mark: was === undefined ? "+" : "~", rule, before: before[was] });
        }
    }
    // Only now is known which numbers the lines have got that are read further up, as by phis.
    for (const at of same) {
        const line = lines[at];
        line.operands = line.operands.replace(VALUES, (found, value) =>
            value === undefined ? found : `%${to[value] ?? value}`,
        );
    }
    return { lines, from, to };
}

// All that the slider goes through: the IR as recorded, after each pass, and as compiled.
function stagesOf(dump, entry) {
    const { stages, bytecode } = stagesOfVersion(dump, entry.versions.at(-1));
    let compiled = null;
    if (entry.compiled && entry.kind !== "whole") {
        compiled = dump.parse(entry.compiled);
        const last = stages.at(-1);
        if (last) last.to = last.lines.map((_, at) => (at < compiled.ir.lines.length ? at : -1));
        stages.push({ ...stage("final", compiled.ir, []), from: compiled.ir.lines.map((_, at) => at) });
    }
    nameStages(stages);
    toFinal(stages);
    return { stages, bytecode, compiled };
}

// The same of what was recorded, or put together, up to the last pass.
function stagesOfVersion(dump, version) {
    const stages = [];
    let bytecode = [];
    if (version?.base) {
        const record = dump.parse(version.base);
        bytecode = record.bytecode;
        stages.push(stage(version.nested ? "as put together" : "as recorded", record.ir, []));
    }
    for (const { name, range } of version?.passes ?? []) {
        const record = dump.parse(range);
        const last = stages.at(-1) ?? { lines: [] };
        const { lines, from, to } = rebuild(last.lines, record.lines);
        last.to = to;
        const gone = record.gone.map((one) => ({
            ...one,
            line: last.lines[one.was],
            below: placeOfGone(one.was, to),
        }));
        stages.push({ ...stage(name, { head: last.head, lines, tail: record.tail }, gone), from });
    }
    return { stages, bytecode };
}

// Whether the passes make these lines of it.
function comesTo(dump, version, lines) {
    const last = stagesOfVersion(dump, version).stages.at(-1)?.lines ?? [];
    const same = (line, at) => line.op === lines[at].op && line.operands === lines[at].operands;
    return last.length === lines.length && last.every(same);
}

function stage(pass, ir, gone) {
    const count = (mark) => ir.lines.filter((line) => line.mark === mark).length;
    return { pass, head: ir.head, lines: ir.lines, tail: ir.tail, gone, added: count("+"), changed: count("~") };
}

// A line that is gone is shown behind the last one before it that is still there.
function placeOfGone(was, to) {
    for (let at = was - 1; at >= 0; at -= 1) if (to[at] >= 0) return to[at];
    return -1;
}

// Passes that run twice have two names.
function nameStages(stages) {
    const seen = new Map();
    for (const one of stages) {
        const number = (seen.get(one.pass) ?? 0) + 1;
        seen.set(one.pass, number);
        one.name = number === 1 ? one.pass : `${one.pass} ${number}`;
    }
}

// For each stage: what its lines are in the last one (`final`), and the other way round (`ofFinal`).
function toFinal(stages) {
    const last = stages.at(-1);
    if (!last) return;
    last.final = last.lines.map((_, at) => at);
    for (let at = stages.length - 2; at >= 0; at -= 1) {
        const { to = [], lines } = stages[at];
        const next = stages[at + 1].final;
        stages[at].final = lines.map((_, line) => (to[line] >= 0 ? next[to[line]] : -1));
    }
    for (const one of stages) {
        one.ofFinal = new Map();
        one.final.forEach((final, line) => {
            if (final >= 0) one.ofFinal.set(final, line);
        });
    }
}

// The lines of a stage and, where they were, those that are gone: `{ line, number }` or `{ line, gone }`.
function rowsOf(one) {
    const below = new Map();
    for (const gone of one.gone) {
        if (!below.has(gone.below)) below.set(gone.below, []);
        below.get(gone.below).push(gone);
    }
    const rows = [];
    const add = (at) => {
        for (const gone of below.get(at) ?? []) rows.push({ line: gone.line, gone });
    };
    add(-1);
    one.lines.forEach((line, number) => {
        rows.push({ line, number });
        add(number);
    });
    return rows;
}

// `snapshot s3 f1:12 base 8 { r4: %10 }` in its parts; null for what is no snapshot.
function snapshotOf(text) {
    const found = /^snapshot s(\d+) (f\d+:\d+) base (-?\d+) (.*)$/.exec(text);
    return found && { number: Number(found[1]), pc: found[2], base: Number(found[3]), entries: found[4] };
}
