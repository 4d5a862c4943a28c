// What is known when all records were read: times, trees of traces, what can be searched for, and what each line of source has
// to do with.

// Joins what records say of one another, when all have been read.
function join(dump) {
    dump.program = [...dump.files.keys()].find((file) => file !== "prelude");
    dump.samples = 0;
    for (const sample of dump.times?.samples ?? []) {
        dump.samples += sample.count;
        const entry = dump.byKey.get(`${sample.generation}.${sample.trace}`);
        if (!entry) continue;
        entry.time += sample.count;
        entry.timeLines.push(...(sample.lines ?? []));
    }
    for (const entry of dump.entries) {
        entry.haystack = [
            entry.number,
            KINDS[entry.kind],
            [...entry.functions].join(" "),
            [...entry.lines].join(" "),
            [...entry.words].join(" "),
            entry.problem?.reason ?? "",
            entry.notes.join(" "),
        ]
            .join("\n")
            .toLowerCase();
        if (entry.kind === "side") {
            entry.parent = `${entry.generation}.${entry.start.parent}`;
            dump.byKey.get(entry.parent)?.sides.push(entry.key);
        }
        if (entry.link?.to === "trace") {
            entry.target = `${entry.generation}.${entry.link.trace}`;
            dump.byKey.get(entry.target)?.linked.push(entry.key);
        }
    }
    byLine(dump);
}

// What each line of source has to do with: traces through it, exits at it, time, recordings given up.
function byLine(dump) {
    dump.lines = new Map();
    const at = (file, line) => {
        const key = lineKey(file, line);
        if (!dump.lines.has(key)) {
            const lists = { traces: [], begin: [], leaving: [], abandoned: [], others: [], watched: [] };
            dump.lines.set(key, { time: 0, exits: 0, ...lists });
        }
        return dump.lines.get(key);
    };
    for (const entry of dump.entries) {
        for (const key of entry.lines) {
            const split = key.lastIndexOf(":");
            at(key.slice(0, split), key.slice(split + 1)).traces.push(entry.key);
        }
        if (entry.at && entry.state === "compiled") at(entry.at.file, entry.at.line).begin.push(entry.key);
        entry.exits.forEach((exit, number) => {
            if (!exit.taken && !exit.side) return;
            const here = at(exit.file, exit.line);
            here.exits += exit.taken;
            here.leaving.push({ key: entry.key, number, ...exit });
        });
    }
    // Whatever it was spent in.
    for (const sample of dump.times?.samples ?? []) {
        for (const [file, line, count] of sample.lines ?? []) at(file, line).time += count;
    }
    for (const watched of dump.watched) at(watched.at.file, watched.at.line).watched.push(watched);
    for (const problem of dump.problems) {
        const here = at(problem.at.file, problem.at.line);
        (problem.event === "recording_abandoned" ? here.abandoned : here.others).push(problem);
    }
}
