// The program's source with heat: where time goes, which guards fail, where recordings were given up.

const PHASES = ["interpreter", "functions", "compiled", "exits", "recording", "compiling", "collecting"];

class SourceView {
    constructor(dump, panel, { open, changed }) {
        Object.assign(this, { dump, panel, open, changed, file: null });
        this.summary = make("div", "cards");
        this.select = make("select");
        this.select.setAttribute("aria-label", "File");
        this.select.addEventListener("change", () => this.showFile(this.select.value));
        const head = make(
            "div",
            "file-head",
            make("label", "", "file ", this.select),
            button("quiet", "hottest line", "h", () => this.hottest()),
        );
        const legend = make(
            "span",
            "legend",
            make("span", "swatch time", "time"),
            make("span", "swatch exits", "exits to the interpreter"),
        );
        head.append(legend);
        const box = make("div", "source-rows");
        this.detail = make("div", "line-detail");
        this.detail.setAttribute("role", "region");
        this.detail.setAttribute("aria-label", "What the line has to do with");
        panel.append(this.summary, head, make("div", "source-split", box, this.detail));
        this.rows = new Rows(box, {
            height: 21,
            label: "Source",
            row: (index, element) => this.row(index, element),
            onActive: (index) => this.line(index + 1),
            onOpen: () => undefined,
        });
        this.mostTime = 1;
        this.mostExits = 1;
        for (const { time, exits } of dump.lines.values()) {
            this.mostTime = Math.max(this.mostTime, time);
            this.mostExits = Math.max(this.mostExits, exits);
        }
        this.cards();
        this.files();
    }

    files() {
        const weight = new Map([...this.dump.files.keys()].map((file) => [file, 0]));
        for (const [key, line] of this.dump.lines) {
            const file = key.slice(0, key.lastIndexOf(":"));
            if (weight.has(file))
                weight.set(file, weight.get(file) + (this.dump.times ? line.time : line.exits + line.traces.length));
        }
        const files = [...weight].sort((a, b) => b[1] - a[1]);
        this.select.replaceChildren(
            ...files.map(
                ([file, time]) =>
                    new Option(
                        this.dump.samples && time ? `${file} (${percent(time, this.dump.samples)})` : file,
                        file,
                    ),
            ),
        );
        // The prelude is nobody's own program.
        const first = files.find(([file]) => file !== "prelude") ?? files[0];
        if (first) this.showFile(first[0], true);
        else this.detail.replaceChildren(make("p", "hint", "Nothing ran long enough to be compiled."));
    }

    cards() {
        const { dump } = this;
        const live = dump.entries.filter((entry) => entry.state === "compiled" && entry.kind !== "whole");
        const count = (kind) => dump.entries.filter((entry) => entry.kind === kind).length;
        const card = (value, label, title = "") => {
            const element = make("div", "stat", make("b", "", value), make("span", "", label));
            element.title = title;
            this.summary.append(element);
        };
        card(
            number(live.length),
            "traces",
            `${count("loop")} loops, ${count("function")} functions, ${count("side")} side traces, ${count("shared_end")} shared ends`,
        );
        card(number(count("side")), "side traces");
        if (count("whole")) card(number(count("whole")), "whole functions");
        card(number(count("abandoned")), "given up", "recordings that came to nothing");
        card(
            short(live.reduce((sum, entry) => sum + entry.taken, 0)),
            "exits taken",
            "to the interpreter, where no side trace was",
        );
        card(short(dump.entries.reduce((sum, entry) => sum + entry.bytes, 0)), "bytes of code");
        const phases = Object.entries(dump.times?.phases ?? {}).sort(
            (a, b) => PHASES.indexOf(a[0]) - PHASES.indexOf(b[0]),
        );
        const all = phases.reduce((sum, [, value]) => sum + value, 0);
        if (all) {
            const bar = make("div", "phases");
            bar.setAttribute("role", "img");
            bar.setAttribute("aria-label", phases.map(([name, value]) => `${name} ${percent(value, all)}`).join(", "));
            const legend = make("div", "phase-legend");
            for (const [name, value] of phases) {
                const part = make("span", `phase phase-${name}`);
                part.style.flexGrow = value;
                part.title = `${name}: ${percent(value, all)}`;
                if (value) bar.append(part);
                if (value) legend.append(make("span", `swatch phase-${name}`, `${name} ${percent(value, all)}`));
            }
            this.summary.append(make("div", "phase-box", bar, legend));
        }
    }

    showFile(file, quiet = false) {
        if (!this.dump.files.has(file)) return;
        this.file = file;
        this.select.value = file;
        this.text = this.dump.files.get(file);
        this.rows.reset(this.text.length);
        this.detail.replaceChildren(
            make("p", "hint", "Choose a line: arrow keys or a click. h goes to the hottest one."),
        );
        this.shown = null;
        if (!quiet) this.changed();
    }

    // The line of the file on which most time is spent, or most exits are taken.
    hottest() {
        if (!this.text) return;
        let [best, most] = [0, -1];
        this.text.forEach((_, at) => {
            const line = this.dump.lines.get(lineKey(this.file, at + 1));
            const weight = line ? line.time * 1e6 + line.exits + line.traces.length / 1e3 : -1;
            if (weight > most) [best, most] = [at, weight];
        });
        this.go(this.file, best + 1);
    }

    go(file, line) {
        if (file !== this.file) this.showFile(file, true);
        if (file !== this.file) return;
        this.rows.activate(line - 1);
        this.rows.show(line - 1);
        this.rows.box.focus({ preventScroll: true });
    }

    row(index, element) {
        const line = this.dump.lines.get(lineKey(this.file, index + 1));
        const time = make("span", "time", line?.time ? percent(line.time, this.dump.samples) : "");
        time.style.setProperty("--heat", heat(line?.time ?? 0, this.mostTime));
        const exits = make("span", "exit-count", line?.exits ? `×${short(line.exits)}` : "");
        exits.style.setProperty("--heat", heat(line?.exits ?? 0, this.mostExits));
        const traces = make("span", "traces-here");
        for (const key of (line?.begin ?? []).slice(0, 3))
            traces.append(
                make("span", `badge kind-${this.dump.byKey.get(key).kind}`, nameOf(this.dump.byKey.get(key))),
            );
        if (line?.begin.length > 3) traces.append(make("small", "", `+${line.begin.length - 3}`));
        if (line?.abandoned.length || line?.others.length) {
            const warning = make("span", "warning", "!");
            warning.title = "recordings were given up here";
            traces.append(warning);
        }
        if (line?.traces.length) element.classList.add("through");
        element.append(
            time,
            exits,
            traces,
            make("span", "line-number", String(index + 1)),
            make("span", "code", ...source(this.text[index])),
        );
    }

    line(at) {
        this.shown = at;
        const line = this.dump.lines.get(lineKey(this.file, at));
        const { dump } = this;
        const parts = [make("h3", "", `${base(this.file)}:${at}`)];
        if (!line) parts.push(make("p", "hint", "No trace goes through this line."));
        if (line?.abandoned.length || line?.others.length) {
            parts.push(make("h4", "", "Given up here"));
            for (const problem of [...line.abandoned, ...line.others].slice(0, 20))
                parts.push(problemCard(problem, this));
        }
        for (const watched of line?.watched ?? []) parts.push(make("p", "", `Watched: ${watchedText(watched)}.`));
        if (line?.leaving.length) {
            parts.push(make("h4", "", `Exits taken here: ${number(line.exits)}`));
            const leaving = [...line.leaving].sort((a, b) => b.taken - a.taken);
            for (const exit of leaving.slice(0, 60)) {
                const row = make(
                    "div",
                    "line-row",
                    button("link-button", `trace ${nameOf(dump.byKey.get(exit.key))}`, "open", () =>
                        this.open(exit.key, true),
                    ),
                    make("span", "", ` exit ${exit.number} `),
                    make("b", "", `×${number(exit.taken)}`),
                );
                if (exit.side)
                    row.append(
                        " → ",
                        button(
                            "link-button",
                            `trace ${dump.byKey.get(exit.side) ? nameOf(dump.byKey.get(exit.side)) : exit.side}`,
                            "open",
                            () => this.open(exit.side, true),
                        ),
                    );
                else row.append(make("span", "hint", ` to ${exit.to.function}:${exit.to.line}`));
                parts.push(row);
            }
        }
        if (line?.traces.length) {
            parts.push(make("h4", "", `Traces through this line: ${number(line.traces.length)}`));
            const traces = line.traces.map((key) => dump.byKey.get(key)).sort(ORDERS[dump.times ? "time" : "exits"][1]);
            for (const entry of traces.slice(0, 100)) {
                const row = make(
                    "div",
                    "line-row",
                    badge(entry),
                    " ",
                    button("link-button", nameOf(entry), "open", () => this.open(entry.key, true)),
                );
                row.append(
                    make("span", "hint", ` ${whereText(dump, entry.at)} `),
                    make("span", "share", dump.samples && entry.time ? percent(entry.time, dump.samples) : ""),
                );
                parts.push(row);
            }
        }
        this.detail.replaceChildren(...parts);
        this.detail.scrollTop = 0;
        this.changed();
    }

    openLine(file, line) {
        this.go(file, line);
    }
}
