// A trace: source, bytecode, IR, snapshots and machine code side by side. What belongs to one instruction is marked in all.

const COLUMNS = { source: "Source", bytecode: "Bytecode", ir: "IR", snapshots: "Snapshots", machine: "Machine code" };
const CONTEXT = 2;

class TraceView {
    constructor(dump, panel, { open, openLine, changed }) {
        Object.assign(this, { dump, panel, open, openLine, changed, entry: null, stage: 0, query: "" });
        this.head = make("div", "trace-head");
        this.passes = make("div", "passes");
        this.columnsBox = make("div", "columns");
        this.columns = {};
        panel.append(this.head, this.passes, this.columnsBox);
        this.slider();
        for (const [name, label] of Object.entries(COLUMNS)) this.column(name, label);
        this.columnsBox.addEventListener("mouseover", (event) => this.hover(event.target));
        this.columnsBox.addEventListener("mouseleave", () => this.mark(this.pinned));
    }

    slider() {
        this.range = make("input");
        Object.assign(this.range, { type: "range", min: 0, step: 1 });
        this.range.setAttribute("aria-label", "Pass");
        this.range.addEventListener("input", () => this.goTo(Number(this.range.value)));
        this.chips = make("div", "stages");
        this.only = make("input");
        this.only.type = "checkbox";
        this.only.addEventListener("change", () => this.goTo(this.stage));
        const only = make("label", "only", this.only, "changes only");
        this.passes.append(make("span", "label", "IR"), this.range, this.chips, only);
    }

    column(name, label) {
        const body = make("div", "column-rows");
        const title = button(
            "column-title",
            label,
            `fold or unfold (${Object.keys(COLUMNS).indexOf(name) + 1} with Shift)`,
            () => this.fold(name),
        );
        title.setAttribute("aria-expanded", "true");
        const count = make("span", "count");
        title.append(count);
        const box = make("section", `column column-${name}`, title, body);
        box.setAttribute("aria-label", label);
        const rows = new Rows(body, {
            height: 21,
            label,
            row: (index, element) => DRAW[name](this, this.data[name][index], element, index),
            onActive: (index) => this.select(name, index),
            onOpen: (index) => this.select(name, index),
            decorate: (index, element) => this.decorate(name, index, element),
        });
        body.addEventListener("keydown", (event) => this.key(event, name));
        if (Object.keys(this.columns).length) this.columnsBox.append(this.sash(name));
        this.columnsBox.append(box);
        this.columns[name] = { box, rows, title, count };
    }

    // What is dragged to make the column to its left wider.
    sash(name) {
        const before = Object.keys(COLUMNS)[Object.keys(COLUMNS).indexOf(name) - 1];
        return sash(`Width of ${COLUMNS[before]}`, () => this.columns[before].box);
    }

    fold(name) {
        const { box, title } = this.columns[name];
        const folded = box.classList.toggle("folded");
        title.setAttribute("aria-expanded", !folded);
    }

    show(entry, pass) {
        const began = performance.now();
        this.entry = entry;
        this.data = { source: [], bytecode: [], ir: [], snapshots: [], machine: [] };
        this.pinned = null;
        this.marks = null;
        Object.assign(this, entry.kind === "whole" ? wholeFunction(this.dump, entry) : stagesOf(this.dump, entry));
        this.exits = entry.exits;
        this.mostTaken = Math.max(1, ...this.exits.map((exit) => exit.taken));
        this.header();
        this.stageChips();
        this.prepare();
        const found = this.stages.findIndex((one) => one.name === pass);
        this.goTo(found >= 0 ? found : this.stages.length - 1, true);
        for (const name of ["source", "bytecode", "machine"]) this.fillColumn(name);
        // Of a recording that was given up there may be nothing but the source; a whole function has no IR.
        for (const [name, { box }] of Object.entries(this.columns))
            box.hidden = !this.data[name].length && !this.stages.length;
        this.range.style.width = `${Math.min(260, 40 + 22 * this.stages.length)}px`;
        this.passes.hidden = this.stages.length === 0;
        const start = this.sourceOf(entry.at);
        if (start !== undefined) this.columns.source.rows.show(start);
        this.tookMs = performance.now() - began;
    }

    fillColumn(name, top = 0) {
        const { rows, count } = this.columns[name];
        rows.reset(this.data[name].length, -1, top);
        const counted = this.data[name].filter((row) => !row.head && !row.gap && !row.gone && !row.plain).length;
        count.textContent = counted ? ` ${number(counted)}` : "";
    }

    header() {
        const { entry, dump } = this;
        const title = make("h2", "", badge(entry), ` ${entry.kind === "whole" ? "" : "trace "}${nameOf(entry)} `);
        if (entry.at)
            title.append(make("span", "where", make("b", "", entry.at.function), " at ", this.lineLink(entry.at)));
        const facts = make("p", "facts-line");
        const add = (text) => text && facts.append(make("span", "fact", text));
        if (dump.samples && entry.state === "compiled") add(`${percent(entry.time, dump.samples)} of the time`);
        if (entry.bytecodes) add(`${number(entry.bytecodes)} bytecode`);
        if (entry.kind !== "whole" && entry.instructions) add(`${number(entry.instructions)} IR`);
        if (entry.bytes) add(`${number(entry.bytes)} bytes, ${number(entry.hotBytes)} likely`);
        for (const note of entry.notes) add(note);
        const ways = make("p", "ways");
        if (entry.parent)
            ways.append(
                "from ",
                this.traceLink(entry.parent),
                ` exit ${entry.start.exit}`,
                this.taken(this.dump.byKey.get(entry.parent)?.exits[entry.start.exit]?.taken ?? 0) ?? "",
                " · ",
            );
        if (entry.target)
            ways.append(
                "goes on to ",
                this.traceLink(entry.target),
                entry.link.in_registers ? " in registers" : " through memory",
            );
        else if (entry.link) ways.append(`goes on to ${linkText(entry.link)}`);
        const sides = entry.exits.map((exit, at) => ({ ...exit, at })).filter((exit) => exit.side);
        if (sides.length) {
            ways.append(" · side traces: ");
            for (const exit of sides.slice(0, 24))
                ways.append(this.traceLink(exit.side, `exit ${exit.at} → ${this.short(exit.side)}`), " ");
            if (sides.length > 24) ways.append(`and ${sides.length - 24} more`);
        }
        const linked = entry.linked.filter((key) => !sides.some((exit) => exit.side === key));
        if (linked.length) {
            ways.append(" · led to by: ");
            for (const key of linked.slice(0, 16)) ways.append(this.traceLink(key, this.short(key)), " ");
        }
        this.head.replaceChildren(title, facts, ways);
        if (entry.kind === "abandoned")
            this.head.append(
                entry.problem
                    ? problemCard(entry.problem, this)
                    : make("p", "card", "Recorded anew, in another way, before it was compiled."),
            );
        if (entry.state === "unfinished")
            this.head.append(make("p", "card", "The dump ends before this recording does."));
    }

    short(key) {
        const entry = this.dump.byKey.get(key);
        return entry ? nameOf(entry) : key;
    }

    lineLink(at) {
        return button("link-button", `${at.file}:${at.line}`, "to the source", () => this.openLine(at.file, at.line));
    }

    traceLink(key, text = `trace ${this.short(key)}`) {
        return button("link-button", text, "open", () => this.open(key, true));
    }

    taken(count) {
        if (!count) return null;
        const element = make("span", "taken", `×${short(count)}`);
        element.title = `taken ${number(count)} times`;
        element.style.setProperty("--heat", heat(count, Math.max(this.mostTaken, count)));
        return element;
    }

    stageChips() {
        this.range.max = Math.max(0, this.stages.length - 1);
        this.chips.replaceChildren();
        this.stages.forEach((one, at) => {
            const chip = button("stage", one.name, `${one.lines.length} instructions`, () => this.goTo(at));
            for (const [mark, count, kind] of [
                ["+", one.added, "added"],
                ["~", one.changed, "changed"],
                ["−", one.gone.length, "removed"],
            ]) {
                if (count) chip.append(make("span", kind, ` ${mark}${count}`));
            }
            this.chips.append(chip);
        });
    }

    // What does not depend on the pass.
    prepare() {
        const { entry, dump, compiled } = this;
        const timeOf = new Map();
        for (const [file, line, count] of entry.timeLines)
            timeOf.set(lineKey(file, line), (timeOf.get(lineKey(file, line)) ?? 0) + count);
        const exitsOf = new Map();
        for (const exit of entry.exits)
            exitsOf.set(lineKey(exit.file, exit.line), (exitsOf.get(lineKey(exit.file, exit.line)) ?? 0) + exit.taken);
        this.data.source = sourceRows(dump, entry, timeOf, exitsOf);
        this.columns.source.box.classList.toggle("no-time", !timeOf.size);
        this.columns.source.box.classList.toggle("no-exits", ![...exitsOf.values()].some(Boolean));
        this.sourceIndex = new Map(this.data.source.map((row, at) => [row.key, at]));
        this.mostTime = Math.max(1, ...timeOf.values());
        this.bytecodeRow = [];
        this.data.bytecode = [];
        let inside = null;
        this.bytecode.forEach((one, at) => {
            const here = `${one.depth} ${one.function} ${one.file}`;
            if (here !== inside) this.data.bytecode.push({ head: `${one.function}`, depth: one.depth, file: one.file });
            inside = here;
            this.bytecodeRow[at] = this.data.bytecode.length;
            this.data.bytecode.push({ ...one, at });
        });
        this.data.machine = compiled?.machine ?? [];
        this.machineOfIr = group(this.data.machine, (row) => row.ir);
        this.machineOfExit = group(this.data.machine, (row) => row.exit);
        this.machineOfPart = group(this.data.machine, (row) => row.part);
        this.bytecodeOfLine = group(this.bytecode, (one) => lineKey(one.file, one.line));
    }

    sourceOf(at) {
        return at && this.sourceIndex.get(lineKey(at.file, at.line));
    }

    goTo(stage, first = false) {
        const one = this.stages[stage];
        if (!one) {
            this.fillColumn("ir");
            this.fillColumn("snapshots");
            return;
        }
        const { top } = this.columns.ir.rows;
        const before = this.stages[this.stage];
        const active = this.data.ir[this.columns.ir.rows.active];
        this.stage = stage;
        this.range.value = stage;
        this.range.setAttribute("aria-valuetext", one.name);
        [...this.chips.children].forEach((chip, at) => chip.setAttribute("aria-pressed", at === stage));
        this.chips.children[stage]?.scrollIntoView({ block: "nearest", inline: "nearest" });
        this.data.ir = rowsOf(one).filter((row) => !this.only.checked || row.gone || row.line.mark);
        this.irRow = indexes(this.data.ir);
        this.usesOf = uses(one);
        this.guardsOf = group(one.lines, (line) => line.snapshot);
        this.data.snapshots = one.tail.map((text) => snapshotOf(text) ?? { plain: text });
        this.snapshotRow = indexes(this.data.snapshots);
        this.exitsOfSnapshot = this.isFinal() ? group(this.exits, (exit) => exit.snapshot) : new Map();
        this.fillColumn("ir", first ? 0 : top);
        this.fillColumn("snapshots");
        this.pinned = null;
        this.mark(null);
        // The line that was looked at stays in sight.
        const final = before && active?.number !== undefined ? before.final[active.number] : undefined;
        const same = one.ofFinal.get(final);
        if (!first && same !== undefined && this.irRow.has(same)) {
            this.columns.ir.rows.activate(this.irRow.get(same), true);
            this.columns.ir.rows.show(this.irRow.get(same));
            this.select("ir", this.irRow.get(same), false);
        } else if (!first) {
            const change = this.data.ir.findIndex((row) => row.gone || row.line.mark);
            if (change >= 0) this.columns.ir.rows.show(change);
        }
        if (!first) this.changed();
    }

    isFinal() {
        return this.compiled && this.stage === this.stages.length - 1;
    }

    pass() {
        return this.stages?.[this.stage]?.name;
    }

    hover(target) {
        const named = target.closest?.(".value");
        const column = Object.entries(this.columns).find(([, { box }]) => box.contains(target));
        if (!column) return;
        const index = column[1].rows.indexOf(target);
        if (index < 0) return;
        const marks = related(this, column[0], index);
        if (named) marks.number = Number(named.dataset.value);
        this.mark(marks);
    }

    mark(marks) {
        this.marks = marks;
        for (const { rows } of Object.values(this.columns)) rows.redecorate();
    }

    // What the mouse or a key has chosen; the others come into sight.
    select(name, index, scroll = true) {
        this.pinned = related(this, name, index);
        if (!this.pinned) return;
        this.mark(this.pinned);
        for (const [other, { rows }] of Object.entries(this.columns)) {
            if (other === name) continue;
            const set = this.pinned.sets[other];
            if (rows.active >= 0) rows.activate(-1, true);
            if (set.size && scroll) rows.show(Math.min(...set));
        }
    }

    decorate(name, index, element) {
        const marks = this.marks;
        const { classList } = element;
        classList.toggle("mark", Boolean(marks?.sets[name].has(index)));
        const value = marks?.number;
        const row = this.data[name][index];
        const uses = value === undefined ? null : this.usesOf?.get(value);
        classList.toggle("defines", name === "ir" && value !== undefined && row.number === value && !row.gone);
        classList.toggle("uses", Boolean(name === "ir" && !row.gone && uses?.has(row.number)));
        for (const one of element.querySelectorAll(".value"))
            one.classList.toggle("marked", value !== undefined && Number(one.dataset.value) === value);
        classList.toggle(
            "found",
            Boolean(this.query.length > 1 && element.textContent.toLowerCase().includes(this.query)),
        );
    }

    key(event, name) {
        if (event.ctrlKey || event.metaKey || event.altKey) return;
        if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
            const names = Object.keys(COLUMNS).filter(
                (one) => !this.columns[one].box.hidden && !this.columns[one].box.classList.contains("folded"),
            );
            const to = names[names.indexOf(name) + (event.key === "ArrowLeft" ? -1 : 1)];
            if (!to) return;
            const pinned = this.pinned;
            const { rows } = this.columns[to];
            rows.box.focus();
            if (pinned?.sets[to].size) rows.activate(Math.min(...pinned.sets[to]));
            event.preventDefault();
        } else if (event.key === "f") {
            this.follow(name);
        }
    }

    // Goes where the active row leads.
    follow(name) {
        const row = this.data[name][this.columns[name].rows.active];
        if (!row) return;
        const exit =
            name === "ir"
                ? row.line.exit
                : name === "machine"
                  ? undefined
                  : (this.exitsOfSnapshot.get(row.number) ?? []).find((at) => this.exits[at].side);
        if (name === "machine" && jumpOf(row.text)) this.jump(jumpOf(row.text));
        else if (exit !== undefined && this.exits[exit]?.side) this.open(this.exits[exit].side, true);
        else if (name === "source" && row.line) this.openLine(row.file, row.line);
    }

    jump(to) {
        const [what, which] = to.split(" ");
        if (what === "trace") return this.open(`${this.entry.generation}.${which}`, true);
        let index;
        if (what === "exit") index = this.machineOfExit.get(Number(which))?.[0];
        else if (what === "loop") {
            const loop = this.compiled.ir.lines.findIndex((line) => line.op === "loop");
            index = this.data.machine.findIndex((row) => row.ir > loop);
        } else index = this.data.machine.findIndex((row) => row.offset === parseInt(what, 16));
        if (!(index >= 0)) return;
        const { rows } = this.columns.machine;
        rows.box.focus();
        rows.activate(index);
        rows.show(index);
    }
}
