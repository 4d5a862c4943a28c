// Rows of one height of which only those in sight are in the document: a list of any length costs the same.
//
// The box that scrolls is a listbox: it has the focus, arrow keys move the row that is active, and the row is named by
// `aria-activedescendant`.

let rowsMade = 0;

class Rows {
    // `row(index, element)` fills a row's element, `decorate(index, element)` sets classes of what is there;
    // `onActive(index)` is called when another row gets active, `onOpen(index)` on Enter and click.
    constructor(box, { height, label, row, onActive, onOpen, decorate }) {
        Object.assign(this, { box, height, row, onActive, onOpen, decorate, count: 0, active: -1 });
        this.id = `rows${(rowsMade += 1)}`;
        box.classList.add("rows");
        box.tabIndex = 0;
        box.setAttribute("role", "listbox");
        box.setAttribute("aria-label", label);
        this.inner = document.createElement("div");
        this.inner.className = "rows-inner";
        this.inner.setAttribute("role", "presentation");
        box.replaceChildren(this.inner);
        this.shown = new Map();
        // Kept, since asking the box for them makes the browser lay out all that has changed.
        [this.top, this.seen] = [0, 0];
        const scrolled = () => {
            this.top = box.scrollTop;
            this.draw();
        };
        box.addEventListener("scroll", scrolled, { passive: true });
        box.addEventListener("keydown", (event) => this.key(event));
        box.addEventListener("click", (event) => {
            const index = this.indexOf(event.target);
            if (index < 0) return;
            this.activate(index);
            this.onOpen?.(index, event);
        });
        const resized = () => {
            this.seen = box.clientHeight;
            this.draw();
            if (this.seen && this.wanted !== undefined) this.show(this.wanted);
        };
        new ResizeObserver(resized).observe(box);
    }

    indexOf(element) {
        const row = element.closest?.(".row");
        return row && this.inner.contains(row) ? Number(row.dataset.index) : -1;
    }

    // So many rows, all of them new, seen from the top, or from so many pixels below it.
    reset(count, active = -1, top = 0) {
        this.count = count;
        this.active = active;
        this.wanted = undefined;
        this.inner.style.height = `${count * this.height}px`;
        this.inner.replaceChildren();
        this.shown.clear();
        this.scrollTo(top);
        this.describe();
    }

    // The same rows, drawn anew.
    refresh() {
        for (const [index, element] of this.shown) this.fill(index, element);
    }

    // The same rows, of which only classes are set anew: what the mouse is on stays.
    redecorate() {
        for (const [index, element] of this.shown) this.decorate(index, element);
    }

    draw() {
        // Nothing is in sight of a box that is not shown.
        const first = Math.max(0, Math.floor(this.top / this.height) - 8);
        const last = this.seen ? Math.min(this.count, Math.ceil((this.top + this.seen) / this.height) + 8) : 0;
        for (const [index, element] of this.shown) {
            if (index < first || index >= last) {
                element.remove();
                this.shown.delete(index);
            }
        }
        for (let index = first; index < last; index += 1) {
            if (this.shown.has(index)) continue;
            const element = document.createElement("div");
            element.style.transform = `translateY(${index * this.height}px)`;
            element.style.height = `${this.height}px`;
            element.dataset.index = index;
            element.id = `${this.id}-${index}`;
            element.setAttribute("role", "option");
            element.setAttribute("aria-setsize", this.count);
            element.setAttribute("aria-posinset", index + 1);
            this.fill(index, element);
            this.inner.append(element);
            this.shown.set(index, element);
        }
    }

    fill(index, element) {
        element.className = "row";
        element.replaceChildren();
        this.row(index, element);
        element.classList.toggle("active", index === this.active);
        element.setAttribute("aria-selected", index === this.active);
        this.decorate?.(index, element);
    }

    describe() {
        if (this.active >= 0) this.box.setAttribute("aria-activedescendant", `${this.id}-${this.active}`);
        else this.box.removeAttribute("aria-activedescendant");
    }

    activate(index, quiet = false) {
        const before = this.active;
        this.active = index;
        for (const at of [before, index]) if (this.shown.has(at)) this.fill(at, this.shown.get(at));
        this.describe();
        if (!quiet) this.onActive?.(index);
    }

    // Scrolls so that a row is in sight; in the middle if it was not.
    show(index) {
        // A box that is not shown yet will be.
        this.wanted = this.seen ? undefined : index;
        if (!this.seen) return;
        const at = index * this.height;
        if (at < this.top || at + this.height > this.top + this.seen) this.scrollTo(at - (this.seen - this.height) / 2);
    }

    scrollTo(top) {
        this.top = Math.max(0, Math.min(top, this.count * this.height - this.seen));
        this.box.scrollTop = this.top;
        this.draw();
    }

    key(event) {
        if (event.ctrlKey || event.metaKey || event.altKey || !this.count) return;
        const page = Math.max(1, Math.floor(this.seen / this.height) - 1);
        const moves = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -this.count, End: this.count };
        if (event.key in moves) {
            const index = Math.min(
                this.count - 1,
                Math.max(0, (this.active < 0 && moves[event.key] > 0 ? -1 : this.active) + moves[event.key]),
            );
            this.activate(index);
            this.show(index);
        } else if ((event.key === "Enter" || event.key === " ") && this.active >= 0) {
            this.onOpen?.(this.active, event);
        } else {
            return;
        }
        event.preventDefault();
    }
}

// An element with a class and text or children.
function make(tag, className, ...children) {
    const element = document.createElement(tag);
    if (className) element.className = className;
    element.append(...children.filter((child) => child !== null && child !== undefined));
    return element;
}

function button(className, text, title, action) {
    const element = make("button", className, text);
    element.type = "button";
    if (title) element.title = title;
    if (action) element.addEventListener("click", action);
    return element;
}

const NUMBERS = new Intl.NumberFormat("en-US");

function number(value) {
    return NUMBERS.format(value);
}

// `12.3k`, to fit into narrow places.
function short(value) {
    if (value < 10000) return number(value);
    for (const [unit, size] of [
        ["G", 1e9],
        ["M", 1e6],
        ["k", 1e3],
    ]) {
        if (value >= size) return `${(value / size).toFixed(value / size < 100 ? 1 : 0)}${unit}`;
    }
    return String(value);
}

function percent(part, whole) {
    return whole ? `${((100 * part) / whole).toFixed(1)}%` : "";
}

// How hot a count is among counts up to `most`, from 0 to 1; by orders of magnitude, since few exits are taken often.
function heat(count, most) {
    return count > 0 ? 0.12 + 0.88 * (Math.log1p(count) / Math.log1p(Math.max(most, 1))) : 0;
}
