// Reads the dump: an index of its lines, and what lists, graph and problems need of them. The long records (IR, machine code)
// are kept as ranges of the text, and parsed when a trace is looked at.

const KINDS = {
    loop: "loop",
    side: "side trace",
    function: "function",
    shared_end: "shared end",
    whole: "whole function",
    abandoned: "abandoned recording",
};

// `{"event":"pass","trace":3,"generation":0,"pass":"fold",` begins a record whose rest is only read when it is needed.
const PASS_HEAD = /^\{"event":"pass","trace":(\d+),"generation":(\d+),"pass":"([^"]*)"/;

function placeText(at) {
    return `${at.function} at ${at.file}:${at.line}`;
}

function lineKey(file, line) {
    return `${file}:${line}`;
}

// The dump of a text of JSON lines. Lines that are no records, as the last of a program that was killed, are counted.
function readDump(text) {
    const dump = new Dump(text);
    let from = 0;
    while (from < text.length) {
        let to = text.indexOf("\n", from);
        if (to < 0) to = text.length;
        if (to > from) dump.add(from, to);
        from = to + 1;
    }
    join(dump);
    return dump;
}

class Dump {
    constructor(text) {
        this.text = text;
        this.begin = null;
        this.files = new Map();
        this.entries = [];
        this.byKey = new Map();
        this.problems = [];
        this.watched = [];
        this.log = [];
        this.times = null;
        this.broken = 0;
        this.ended = false;
        this.generations = 1;
        // The recording that records of a trace belong to, by generation and number.
        this.current = new Map();
        this.abandoned = new Map();
        this.wholes = 0;
    }

    parse(range) {
        return JSON.parse(this.text.slice(range[0], range[1]));
    }

    add(from, to) {
        const head = PASS_HEAD.exec(this.text.slice(from, Math.min(to, from + 160)));
        if (head) {
            // A line that was cut off is no record.
            if (this.text[to - 1] !== "}") return void (this.broken += 1);
            const entry = this.entry(Number(head[2]), Number(head[1]));
            const rules = new Set();
            for (const found of this.text.slice(from, to).matchAll(/"rule":"([^"]+)"/g)) rules.add(found[1]);
            entry.words.add(head[3]);
            for (const rule of rules) entry.words.add(rule);
            const version = entry.versions.at(-1) ?? { base: null, passes: [] };
            if (!entry.versions.length) entry.versions.push(version);
            version.passes.push({ name: head[3], range: [from, to] });
            this.log.push({ event: "pass", text: `pass ${head[3]} has changed it`, key: entry.key });
            return;
        }
        let record;
        try {
            record = JSON.parse(this.text.slice(from, to));
        } catch {
            this.broken += 1;
            return;
        }
        this[`on_${record.event}`]?.(record, [from, to]);
    }

    entry(generation, number) {
        const key = `${generation}.${number}`;
        let entry = this.current.get(key);
        if (!entry) {
            entry = {
                key,
                generation,
                number,
                kind: "loop",
                state: "unfinished",
                at: null,
                start: null,
                versions: [],
                compiled: null,
                order: this.entries.length,
                instructions: 0,
                bytes: 0,
                exits: [],
                link: null,
                notes: [],
                words: new Set(),
                lines: new Set(),
                functions: new Set(),
                time: 0,
                timeLines: [],
                taken: 0,
                sides: [],
                linked: [],
            };
            this.current.set(key, entry);
            this.entries.push(entry);
            this.byKey.set(key, entry);
        }
        return entry;
    }

    begins(entry, start, at) {
        entry.start = start;
        entry.kind = start.kind;
        entry.at ??= at;
        entry.functions.add(at.function);
        entry.lines.add(lineKey(at.file, at.line));
    }

    on_begin(record) {
        this.begin = record;
    }

    on_file(record) {
        this.files.set(record.file, record.text.split("\n"));
    }

    on_recording_started(record) {
        const key = `${record.generation}.${record.trace}`;
        // What was recorded under this number before never came to run: it is recorded anew, in another way.
        if (this.current.has(key)) this.giveUp(this.current.get(key), null);
        const entry = this.entry(record.generation, record.trace);
        this.begins(entry, record.start, record.at);
        this.log.push({
            event: record.event,
            at: record.at,
            key,
            text: `recording ${startText(record.start, record.generation)}`,
        });
    }

    // An abandoned recording makes room for the next of its number.
    giveUp(entry, problem) {
        const number = (this.abandoned.get(entry.key) ?? 0) + 1;
        this.abandoned.set(entry.key, number);
        this.current.delete(entry.key);
        if (this.byKey.get(entry.key) === entry) this.byKey.delete(entry.key);
        entry.key = `${entry.key}a${number}`;
        this.byKey.set(entry.key, entry);
        entry.kind = "abandoned";
        entry.state = "abandoned";
        entry.problem = problem;
    }

    on_recording_abandoned(record) {
        const entry = this.entry(record.generation, record.trace);
        const before = entry.key;
        this.begins(entry, record.start, record.from);
        entry.lines.add(lineKey(record.at.file, record.at.line));
        entry.words.add(record.reason);
        this.giveUp(entry, record);
        for (const line of this.log) if (line.key === before) line.key = entry.key;
        this.problems.push({ ...record, key: entry.key });
        const then =
            record.retry_after == null
                ? `left to ${record.left_to} from now on`
                : `tried again after ${record.retry_after} more`;
        this.log.push({
            event: record.event,
            at: record.at,
            key: entry.key,
            text: `abandoned: ${record.reason}; ${then}`,
        });
    }

    on_loop_waits(record) {
        this.problems.push(record);
        this.log.push({
            event: record.event,
            at: record.at,
            text: `a loop of few rounds, left to the loop around it for ${record.rounds} rounds`,
        });
    }

    on_limited(record) {
        this.problems.push(record);
        this.log.push({
            event: record.event,
            at: record.at,
            text: `hot, but no trace more than \`${record.limit}\` allows; left to ${record.left_to}`,
        });
    }

    on_conditional_watched(record) {
        this.watched.push(record);
        this.log.push({ event: record.event, at: record.at, text: watchedText(record) });
    }

    on_recorded(record, range) {
        const entry = this.entry(record.generation, record.trace);
        entry.versions.push({ base: range, passes: [] });
        entry.instructions = record.ir.lines.length;
        entry.bytecodes = record.bytecode.length;
        for (const one of record.bytecode) {
            entry.lines.add(lineKey(one.file, one.line));
            entry.functions.add(one.function);
            entry.words.add(firstWord(instruction(one.text)));
        }
        for (const line of record.ir.lines) entry.words.add(line.op);
        entry.bytecodeLines = record.bytecode.map((one) => [one.file, one.line, one.function]);
        entry.at ??= record.bytecode[0];
        const what = record.event === "nested" ? "put together with the loop it leads to" : "recorded";
        this.log.push({
            event: record.event,
            key: entry.key,
            text: `${what}: ${record.bytecode.length} of bytecode, ${record.ir.lines.length} of IR`,
        });
    }

    on_nested(record, range) {
        const before = this.entry(record.generation, record.trace);
        const side = { bytecodeLines: before.bytecodeLines, bytecodes: before.bytecodes };
        this.on_recorded(record, range);
        before.versions.at(-1).nested = true;
        before.side = side;
    }

    on_compiled(record, range) {
        const entry = this.entry(record.generation, record.trace);
        // A loop around a loop that did not pay leaves the side trace as it was: what was compiled tells which of the two ran.
        if (entry.versions.length > 1) {
            const version =
                entry.versions.findLast((one) => comesTo(this, one, record.ir.lines)) ?? entry.versions.at(-1);
            entry.versions = [version];
            if (!version.nested) Object.assign(entry, entry.side);
        }
        this.begins(entry, record.start, record.at);
        entry.at = record.at;
        entry.state = "compiled";
        entry.compiled = range;
        entry.instructions = record.ir.lines.length;
        entry.bytes = record.bytes;
        entry.hotBytes = record.hot_bytes;
        entry.link = record.link;
        entry.notes = record.notes;
        entry.machineLines = record.machine.length;
        entry.exits = record.exits.map(({ ir, snapshot, ...to }) => {
            const origin = entry.bytecodeLines?.[record.ir.lines[ir]?.bytecode];
            const [file, line] = origin ?? [to.file, to.line];
            return { ir, snapshot, to, file, line, taken: 0, side: null };
        });
        for (const line of record.ir.lines) entry.words.add(line.op);
        for (const line of record.machine) entry.words.add(firstWord(line.text));
        this.log.push({
            event: record.event,
            at: record.at,
            key: entry.key,
            text: `compiled: ${record.ir.lines.length} of IR, ${record.bytes} bytes, to ${linkText(record.link)}`,
        });
    }

    on_function_compiled(record, range) {
        const key = `f${(this.wholes += 1)}`;
        const entry = {
            key,
            generation: 0,
            number: key,
            kind: "whole",
            state: "compiled",
            at: record.at,
            start: { kind: "whole" },
            versions: [],
            compiled: range,
            order: this.entries.length,
            instructions: record.parts.length,
            bytes: record.bytes,
            hotBytes: record.hot_bytes,
            exits: [],
            link: null,
            notes: [],
            words: new Set(),
            lines: new Set(),
            functions: new Set([record.at.function]),
            time: 0,
            timeLines: [],
            taken: 0,
            sides: [],
            linked: [],
        };
        for (const part of record.parts) {
            if (part.at) entry.lines.add(lineKey(part.at.file, part.at.line));
            entry.words.add(firstWord(instruction(part.what)));
            for (const [, text] of part.machine) entry.words.add(firstWord(text));
        }
        entry.lines.add(lineKey(record.at.file, record.at.line));
        this.entries.push(entry);
        this.byKey.set(key, entry);
        this.log.push({
            event: record.event,
            at: record.at,
            key,
            text: `compiled as a whole function, ${record.bytes} bytes`,
        });
    }

    on_flushed(record) {
        this.count(record.generation - 1, record.exits);
        this.generations = record.generation + 1;
        this.log.push({
            event: record.event,
            text: `all ${record.traces} traces dropped: numbers begin anew, in generation ${record.generation}`,
        });
    }

    on_times(record) {
        this.times = record;
    }

    on_ended(record) {
        this.ended = true;
        this.count(record.generation, record.exits);
        this.log.push({ event: record.event, text: "the program has ended" });
    }

    count(generation, exits) {
        for (const { trace, exit, count, side } of exits) {
            const entry = this.byKey.get(`${generation}.${trace}`);
            const at = entry?.exits[exit];
            if (!at) continue;
            at.taken = count;
            at.side = side == null ? null : `${generation}.${side}`;
            entry.taken += count;
        }
    }
}
