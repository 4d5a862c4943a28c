// Puts the page together: views, keys, theme, and the part of the address that says what is looked at.

const TABS = { source: "Source", trace: "Trace", graph: "Graph", problems: "Problems", log: "Log" };
const KEYS = [
    ["/", "search; Enter goes to the list, Esc clears"],
    ["j k, ↓ ↑", "next and previous trace"],
    ["Enter", "open the trace; in its columns, bring what belongs together into sight"],
    ["↓ ↑ → ←", "in the columns of a trace: lines, and from column to column along what belongs together"],
    ["[ ]", "the pass before, the pass after"],
    ["f", "follow: an exit to its side trace, a jump to where it leads, a line to the source"],
    ["u", "up: from a side trace to the one it leaves"],
    ["1 … 5", "source, trace, graph, problems, log"],
    ["h", "in the source: the hottest line"],
    ["Shift 1 … 5", "fold and unfold the columns of a trace"],
    ["+ − 0", "in the graph: nearer, further, all"],
    ["b", "hide and show the list"],
    ["t", "theme: as the system has it, light, dark"],
    ["?", "these keys"],
];

// What is dragged, or moved with arrow keys, to make the element before it wider.
function sash(label, before) {
    const element = make("div", "sash");
    element.setAttribute("role", "separator");
    element.setAttribute("aria-orientation", "vertical");
    element.setAttribute("aria-label", label);
    element.tabIndex = 0;
    draggable(element, before);
    return element;
}

function draggable(element, before) {
    const resize = (width) => {
        before().style.flex = `0 0 ${Math.max(60, width)}px`;
    };
    element.addEventListener("pointerdown", (event) => {
        const [start, width] = [event.clientX, before().offsetWidth];
        const move = (now) => resize(width + now.clientX - start);
        const up = () => {
            removeEventListener("pointermove", move);
            removeEventListener("pointerup", up);
        };
        addEventListener("pointermove", move);
        addEventListener("pointerup", up);
        event.preventDefault();
    });
    element.addEventListener("keydown", (event) => {
        if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
        resize(before().offsetWidth + (event.key === "ArrowLeft" ? -24 : 24));
        event.preventDefault();
    });
}

class Page {
    constructor(dump) {
        this.dump = dump;
        this.tab = "source";
        this.tabs = {};
        this.header();
        const panel = (name) => document.getElementById(`panel-${name}`);
        const to = {
            open: (key, focus) => this.open(key, { focus, show: true }),
            openLine: (file, line) => this.openLine(file, line),
            changed: () => this.writeHash(),
        };
        this.list = new List(dump, (key, focus) => this.open(key, { focus, show: true }));
        this.source = new SourceView(dump, panel("source"), to);
        this.trace = new TraceView(dump, panel("trace"), to);
        this.graph = new Graph(dump, panel("graph"), (key, open) => this.open(key, { focus: open, show: open }));
        this.problems = new ProblemsView(dump, panel("problems"), to);
        this.log = new LogView(dump, panel("log"), to);
        this.list.onFind = (query) => {
            this.trace.query = query.split(/\s+/).at(-1);
            this.trace.mark(this.trace.marks);
            this.writeHash();
        };
        this.list.onUpdate = (found) => this.graph.dim(found);
        draggable(document.getElementById("side-sash"), () => document.querySelector(".side"));
        this.help();
        this.theme();
        document.addEventListener("keydown", (event) => this.key(event));
        addEventListener("hashchange", () => this.readHash());
        this.readHash();
    }

    header() {
        const { begin, program = "a program" } = this.dump;
        document.title = `Traces of ${program}`;
        document.getElementById("title").replaceChildren("Traces of ", make("b", "", program));
        const facts = document.getElementById("facts");
        if (begin)
            facts.append(
                make("span", "fact", `pseudo ${begin.pseudo}`),
                make("span", "fact", `tier ${begin.tier}`),
                ...begin.params.map((param) => make("span", "fact", param)),
            );
        const notice = document.getElementById("notice");
        if (!this.dump.ended) {
            notice.hidden = false;
            const broken = this.dump.broken ? ` Lines that are broken: ${this.dump.broken}.` : "";
            notice.textContent =
                "The dump has no end: the program was cut off, or only some events were asked for. Exit counts are missing." +
                broken;
        }
        const tabs = document.getElementById("tabs");
        Object.entries(TABS).forEach(([name, label], at) => {
            const tab = button("tab", label, `${at + 1}`, () => this.showTab(name));
            tab.id = `tab-${name}`;
            tab.setAttribute("role", "tab");
            tab.setAttribute("aria-controls", `panel-${name}`);
            if (name === "problems" && this.dump.problems.length)
                tab.append(make("span", "count", ` ${number(this.dump.problems.length)}`));
            tabs.append(tab);
            this.tabs[name] = tab;
        });
        tabs.addEventListener("keydown", (event) => {
            const names = Object.keys(TABS);
            const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
            if (!by) return;
            this.showTab(names[(names.indexOf(this.tab) + by + names.length) % names.length]);
            this.tabs[this.tab].focus();
            event.preventDefault();
        });
    }

    showTab(name, quiet = false) {
        this.tab = name;
        for (const one of Object.keys(TABS)) {
            document.getElementById(`panel-${one}`).hidden = one !== name;
            this.tabs[one].setAttribute("aria-selected", one === name);
            this.tabs[one].tabIndex = one === name ? 0 : -1;
        }
        if (name === "trace" && this.shown !== this.selected) this.showTrace();
        if (name === "trace" && !this.selected && this.list.found.length) this.open(this.list.found[0].key, {});
        if (name === "graph") this.showGraph();
        if (name === "problems") this.problems.draw();
        if (name === "log") this.log.draw();
        if (!quiet) this.writeHash();
    }

    showGraph() {
        if (!this.graph.nodes) {
            this.graph.draw();
            this.graph.dim(this.list.found);
        }
        if (!this.graph.view) this.graph.fit();
        this.graph.select(this.selected, true);
    }

    // Shows a trace in the list, the graph and, unless it is the graph that is looked at, in its own view.
    open(key, { focus = false, show = false, pass, quiet = false } = {}) {
        if (!this.dump.byKey.has(key)) return;
        this.selected = key;
        this.list.select(key);
        this.wantedPass = pass;
        if (this.tab === "graph" && !focus) this.graph.select(key, true);
        else if (show && this.tab !== "trace") this.showTab("trace", true);
        if (this.tab === "trace" && this.shown !== key) this.showTrace();
        if (focus)
            this.trace.columns[this.trace.stages?.length ? "ir" : "machine"].rows.box.focus({ preventScroll: true });
        if (!quiet) this.writeHash();
    }

    showTrace() {
        this.shown = this.selected;
        if (this.shown) this.trace.show(this.dump.byKey.get(this.shown), this.wantedPass);
    }

    openLine(file, line) {
        this.showTab("source", true);
        this.source.go(file, line);
        this.writeHash();
    }

    // Soon: browsers refuse to write addresses that change very often.
    writeHash() {
        clearTimeout(this.hashTimer);
        this.hashTimer = setTimeout(() => {
            this.hash = this.hashNow();
            history.replaceState(null, "", this.hash);
        }, 150);
    }

    // `#tab=trace&trace=0.3&pass=fold&q=load.elem`
    hashNow() {
        const parts = new URLSearchParams();
        parts.set("tab", this.tab);
        if (this.selected) parts.set("trace", this.selected);
        const { stages, stage } = this.trace;
        if (this.tab === "trace" && stages?.length && stage < stages.length - 1) parts.set("pass", this.trace.pass());
        if (this.tab === "source" && this.source?.shown) {
            parts.set("file", this.source.file);
            parts.set("line", this.source.shown);
        }
        if (this.list.query) parts.set("q", this.list.query);
        return `#${parts}`;
    }

    readHash() {
        if (location.hash === this.hash) return;
        const parts = new URLSearchParams(location.hash.slice(1));
        if (parts.has("q")) this.list.find(parts.get("q"));
        const trace = parts.get("trace");
        const tab = parts.get("tab") ?? (trace ? "trace" : "source");
        this.wantedPass = parts.get("pass");
        if (trace) this.shown = null;
        if (trace) this.open(trace, { pass: parts.get("pass"), quiet: true });
        this.showTab(tab in TABS ? tab : "source", true);
        if (parts.get("line")) this.source.go(parts.get("file") ?? this.source.file, Number(parts.get("line")));
    }

    help() {
        const dialog = document.getElementById("keys");
        const table = make("dl", "");
        for (const [key, what] of KEYS)
            table.append(
                make(
                    "dt",
                    "",
                    ...key
                        .split(" ")
                        .flatMap((one) => [/^[\w/?↓↑→←[\]+−,…]+$/.test(one) ? make("kbd", "", one) : one, " "]),
                ),
                make("dd", "", what),
            );
        const title = make("h2", "", "Keys");
        title.id = "keys-title";
        dialog.append(
            title,
            table,
            button("quiet", "close", "Esc", () => dialog.close()),
        );
        document.getElementById("help").addEventListener("click", () => dialog.showModal());
    }

    theme() {
        const themes = ["auto", "light", "dark"];
        const control = document.getElementById("theme");
        this.nextTheme = () => {
            const now = document.documentElement.dataset.theme ?? "auto";
            const next = themes[(themes.indexOf(now) + 1) % themes.length];
            document.documentElement.dataset.theme = next;
            control.textContent = `theme: ${next}`;
        };
        control.addEventListener("click", this.nextTheme);
    }

    key(event) {
        if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
        const { target } = event;
        if (target.matches("input[type=search], select") || document.getElementById("keys").open) return;
        const names = Object.keys(TABS);
        const columns = Object.keys(COLUMNS);
        const entry = this.dump.byKey.get(this.selected);
        const digit = /^Digit([1-5])$/.exec(event.code ?? "")?.[1];
        const actions = {
            "/": () => this.list.search.select(),
            j: () => this.list.move(1),
            k: () => this.list.move(-1),
            "[": () => this.step(-1),
            "]": () => this.step(1),
            u: () => entry?.parent && this.open(entry.parent, { show: true }),
            h: () => this.tab === "source" && this.source.hottest(),
            b: () => document.body.classList.toggle("no-list"),
            t: () => this.nextTheme(),
            "?": () => document.getElementById("keys").showModal(),
        };
        if (digit && event.shiftKey) this.trace.fold(columns[digit - 1]);
        else if (digit) this.showTab(names[digit - 1]);
        else if (actions[event.key]) actions[event.key]();
        else return;
        event.preventDefault();
    }

    step(by) {
        if (this.tab !== "trace" || !this.trace.stages?.length) return;
        const stage = this.trace.stage + by;
        if (stage >= 0 && stage < this.trace.stages.length) this.trace.goTo(stage);
    }
}

document.addEventListener("DOMContentLoaded", () => {
    const began = performance.now();
    const records = document.getElementById("records");
    const text = records.textContent;
    window.page = new Page(readDump(text));
    window.page.tookMs = performance.now() - began;
});
