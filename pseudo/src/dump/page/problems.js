// What came to nothing: recordings that were given up, loops that are left to the interpreter, limits, loops that wait; and
// the log of all that happened.

const TITLES = {
    recording_abandoned: "given up",
    limited: "limit",
    loop_waits: "waits",
};

// A problem in words: what, where, and what can be done.
function problemCard(problem, view) {
    const card = make("div", `card problem ${isForEver(problem) ? "for-ever" : ""}`);
    card.append(...problemParts(problem, view));
    return card;
}

function isForEver(problem) {
    return problem.event === "limited" || (problem.event === "recording_abandoned" && problem.retry_after == null);
}

function problemParts(problem, view) {
    const link = (at) =>
        button("link-button", `${at.file}:${at.line}`, "to the source", () => view.openLine(at.file, at.line));
    const line = view.dump.files.get(problem.at.file)?.[problem.at.line - 1]?.trim() ?? "";
    const parts = [];
    const add = (label, ...what) =>
        parts.push(make("div", "pair", make("span", "label", label), make("span", "", ...what)));
    const cause = {
        recording_abandoned: () => problem.reason,
        limited: () => `hot, but there are as many traces as \`${problem.limit}\` allows`,
        loop_waits: () =>
            `a loop of few rounds: it waits for the loop around it to be recorded, for ${number(problem.rounds)} rounds`,
    }[problem.event]();
    add("cause", make("b", "", cause));
    add("at", make("b", "", problem.at.function), " ", link(problem.at), " ", make("code", "", ...source(line)));
    if (problem.from && (problem.from.line !== problem.at.line || problem.from.file !== problem.at.file))
        add("began", make("b", "", problem.from.function), " ", link(problem.from), ` (${startText(problem.start)})`);
    const left = problem.left_to;
    if (problem.event === "recording_abandoned")
        add(
            "then",
            isForEver(problem)
                ? `left to ${left} from now on`
                : `tried again after ${number(problem.retry_after)} more rounds or exits; until then ${left}`,
        );
    if (problem.event === "limited") add("then", `left to ${left} from now on`);
    const remedy =
        problem.remedy ??
        (problem.event === "limited" ? `--param ${problem.limit}=… with a higher number allows more` : null);
    if (remedy) add("remedy", remedy);
    return parts;
}

class ProblemsView {
    constructor(dump, panel, { open, openLine }) {
        Object.assign(this, { dump, panel, open, openLine, event: "" });
        this.groups = this.collect();
        this.filter = make("input");
        Object.assign(this.filter, { type: "search", placeholder: "cause, function, file:line", autocomplete: "off" });
        this.filter.setAttribute("aria-label", "Search problems");
        this.filter.addEventListener("input", () => this.draw());
        this.chips = make("div", "kinds");
        const kinds = {
            "": "all",
            "for-ever": "left to the interpreter",
            recording_abandoned: "given up",
            limited: "limits",
            loop_waits: "waiting",
        };
        for (const [kind, name] of Object.entries(kinds)) {
            const count = this.groups.filter((one) => this.isOf(one, kind)).length;
            if (!count && kind) continue;
            const chip = button("chip", `${name} ${number(count)}`, "", () => {
                this.event = kind;
                for (const other of this.chips.children) other.setAttribute("aria-pressed", other === chip);
                this.draw();
            });
            chip.setAttribute("aria-pressed", kind === "");
            this.chips.append(chip);
        }
        this.box = make("div", "problem-list");
        panel.append(make("div", "file-head", this.filter, this.chips), this.box);
    }

    isOf(one, kind) {
        return !kind || (kind === "for-ever" ? one.last && isForEver(one.last) : one.first.event === kind);
    }

    // The same cause at the same place is one problem, however often it came.
    collect() {
        const groups = new Map();
        for (const problem of this.dump.problems) {
            const key = [
                problem.event,
                problem.reason ?? problem.limit ?? "",
                problem.at.pc,
                problem.at.file,
                problem.from?.pc ?? "",
            ].join("|");
            const group = groups.get(key);
            if (group) {
                group.times += 1;
                group.last = problem;
                if (problem.key) group.keys.push(problem.key);
            } else {
                groups.set(key, { first: problem, last: problem, times: 1, keys: problem.key ? [problem.key] : [] });
            }
        }
        const rank = (one) => (isForEver(one.last) ? 0 : one.first.event === "recording_abandoned" ? 1 : 2);
        return [...groups.values()].sort((a, b) => rank(a) - rank(b) || b.times - a.times);
    }

    draw() {
        const query = this.filter.value.trim().toLowerCase();
        const found = this.groups.filter(
            (one) =>
                this.isOf(one, this.event) &&
                (!query ||
                    JSON.stringify(one.last).toLowerCase().includes(query) ||
                    placeText(one.last.at).toLowerCase().includes(query) ||
                    `${one.last.at.file}:${one.last.at.line}`.toLowerCase().includes(query)),
        );
        this.box.replaceChildren(...found.slice(0, 400).map((one) => this.item(one)));
        if (!found.length)
            this.box.append(
                make(
                    "p",
                    "hint",
                    this.groups.length ? "None that match." : "Nothing was given up: every hot loop runs as code.",
                ),
            );
        if (found.length > 400)
            this.box.append(make("p", "hint", `${number(found.length - 400)} more: search for them.`));
    }

    item(one) {
        const item = make("article", `card problem ${isForEver(one.last) ? "for-ever" : ""}`);
        const title =
            isForEver(one.last) && one.last.event === "recording_abandoned" ? "blacklisted" : TITLES[one.first.event];
        item.append(
            make(
                "div",
                "problem-head",
                make("span", "badge kind-abandoned", title),
                make("span", "times", `${number(one.times)} time${one.times === 1 ? "" : "s"}`),
            ),
        );
        item.append(...problemParts(one.last, this));
        if (one.keys.length)
            item.append(
                make(
                    "div",
                    "pair",
                    make("span", "label", "recorded"),
                    make(
                        "span",
                        "links",
                        ...one.keys
                            .slice(0, 12)
                            .map((key) =>
                                button("link-button", nameOf(this.dump.byKey.get(key)), "open what was recorded", () =>
                                    this.open(key, true),
                                ),
                            ),
                    ),
                ),
            );
        return item;
    }
}

class LogView {
    constructor(dump, panel, { open, openLine }) {
        Object.assign(this, { dump, panel, open, openLine });
        const box = make("div", "log-rows");
        panel.append(box);
        this.rows = new Rows(box, {
            height: 22,
            label: "Log",
            row: (index, element) => this.row(dump.log[index], element, index),
            onOpen: (index) => dump.log[index].key && this.open(dump.log[index].key, true),
        });
    }

    draw() {
        if (!this.rows.count) this.rows.reset(this.dump.log.length);
    }

    row(line, element, index) {
        const entry = this.dump.byKey.get(line.key);
        if (line.event === "recording_abandoned" || line.event === "limited") element.classList.add("bad");
        element.append(
            make("span", "line-number", String(index + 1)),
            make("span", "log-trace", entry ? `${entry.kind === "whole" ? "" : "trace "}${nameOf(entry)}` : ""),
            make("span", "code", line.text),
            make("span", "where", line.at ? `${placeText(line.at)}` : ""),
        );
    }
}
