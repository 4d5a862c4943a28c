// The graph of traces: each root with the tree of its side traces, and where traces go on to. Drawn as SVG; the trees are
// laid out once, and what is seen of them is a matter of the view box.

const NODE = { width: 168, height: 34, gapX: 46, gapY: 8, gapTree: 26 };

// Width by height of what the graph is seen in, roughly.
const SHAPE = 1.5;

// Where each trace stands: `{ nodes: [{ entry, x, y }], width, height }`. Trees are stacked into columns, of the height at which
// all can be seen the largest.
function layout(dump) {
    const entries = dump.entries.filter((entry) => entry.state === "compiled" && entry.kind !== "whole");
    const kept = new Set(entries.map((entry) => entry.key));
    const trees = entries.filter((entry) => !kept.has(entry.parent)).map((root) => tree(dump, root, kept));
    const highest = Math.max(1, ...trees.map((one) => one.height));
    const all = trees.reduce((sum, one) => sum + one.height + NODE.gapTree, 0);
    let best = { places: [], width: 0, height: 0, size: Infinity };
    for (let limit = highest; trees.length && limit < all * 1.25 + highest; limit *= 1.25) {
        const stacked = stack(trees, limit);
        const size = Math.max(stacked.width / SHAPE, stacked.height);
        if (size < best.size) best = { ...stacked, size };
    }
    const nodes = trees.flatMap((one, at) =>
        one.nodes.map((node) => ({ ...node, x: node.x + best.places[at].x, y: node.y + best.places[at].y })),
    );
    return { nodes, width: best.width, height: best.height };
}

function stack(trees, limit) {
    const places = [];
    let [x, y, widest, width, height] = [0, 0, 0, 0, 0];
    for (const one of trees) {
        if (y > 0 && y + one.height > limit) {
            x += widest + NODE.gapX * 1.5;
            [y, widest] = [0, 0];
        }
        places.push({ x, y });
        y += one.height + NODE.gapTree;
        widest = Math.max(widest, one.width);
        width = Math.max(width, x + one.width);
        height = Math.max(height, y - NODE.gapTree);
    }
    return { places, width, height };
}

// A root on the left, what leaves it on its right; without recursion, since chains of side traces may be long.
function tree(dump, root, kept) {
    const nodes = [];
    const stack = [{ key: root.key, depth: 0 }];
    let leaves = 0;
    let deepest = 0;
    const rowOf = new Map();
    const order = [];
    while (stack.length) {
        const { key, depth } = stack.pop();
        const entry = dump.byKey.get(key);
        const children = entry.sides.filter((side) => kept.has(side));
        order.push({ entry, depth, children });
        deepest = Math.max(deepest, depth);
        if (!children.length) rowOf.set(key, leaves++);
        for (const child of [...children].reverse()) stack.push({ key: child, depth: depth + 1 });
    }
    // Children come behind their parents, so that backwards each finds its children's rows.
    for (const { entry, children } of [...order].reverse()) {
        if (children.length) rowOf.set(entry.key, rowOf.get(children[0]));
    }
    for (const { entry, depth } of order) {
        nodes.push({ entry, x: depth * (NODE.width + NODE.gapX), y: rowOf.get(entry.key) * (NODE.height + NODE.gapY) });
    }
    return {
        nodes,
        width: (deepest + 1) * (NODE.width + NODE.gapX) - NODE.gapX,
        height: leaves * (NODE.height + NODE.gapY) - NODE.gapY,
    };
}

function svg(tag, attributes, ...children) {
    const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
}

class Graph {
    constructor(dump, panel, open) {
        Object.assign(this, { dump, panel, open, selected: null });
        this.picture = svg("svg", {
            class: "graph",
            tabindex: 0,
            role: "application",
            "aria-label": "Graph of traces: arrow keys move, Enter opens, + and - zoom, 0 shows all",
        });
        this.status = make("p", "graph-status");
        this.status.setAttribute("role", "status");
        const legend = make(
            "p",
            "legend",
            make("span", "legend-edge", "exit → side trace"),
            make("span", "legend-link", "goes on to"),
            make("span", "hint", "drag, wheel, + − 0, arrows, Enter"),
        );
        panel.append(make("div", "graph-head", this.status, legend), this.picture);
        this.picture.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
        this.picture.addEventListener("pointerdown", (event) => this.drag(event));
        this.picture.addEventListener("keydown", (event) => this.key(event));
        this.picture.addEventListener(
            "dblclick",
            (event) => this.at(event.target) && this.open(this.at(event.target), true),
        );
        new ResizeObserver(() => this.view && this.setView(this.view)).observe(this.picture);
    }

    at(target) {
        return target.closest?.(".node")?.dataset.key;
    }

    // Draws all; once.
    draw() {
        const { nodes, width, height } = layout(this.dump);
        this.size = { width: Math.max(width, 1), height: Math.max(height, 1) };
        if (!nodes.length) this.status.textContent = "No traces: nothing was compiled, or only whole functions were.";
        this.nodes = new Map(nodes.map((node) => [node.entry.key, node]));
        const [edges, links, boxes] = [svg("g", {}), svg("g", {}), svg("g", {})];
        for (const node of nodes) {
            const { entry } = node;
            const parent = this.nodes.get(entry.parent);
            if (parent) edges.append(this.edge(parent, node));
            const target = this.nodes.get(entry.target);
            if (target) links.append(this.link(node, target));
            boxes.append(this.node(node));
        }
        this.links = links;
        this.picture.replaceChildren(edges, links, boxes);
        this.select(this.selected);
        this.view = null;
    }

    edge(parent, node) {
        const [x1, y1] = [parent.x + NODE.width, parent.y + NODE.height / 2];
        const [x2, y2] = [node.x, node.y + NODE.height / 2];
        const middle = x1 + NODE.gapX / 2;
        const turn = Math.sign(y2 - y1) * 8;
        const taken = parent.entry.exits[node.entry.start.exit]?.taken ?? 0;
        const path = svg("path", {
            class: "edge",
            d: `M${x1},${y1}H${middle - 8}Q${middle},${y1} ${middle},${y1 + turn}V${y2 - turn}Q${middle},${y2} ${middle + 8},${y2}H${x2}`,
        });
        if (y1 === y2) path.setAttribute("d", `M${x1},${y1}H${x2}`);
        path.append(svg("title", {}, `exit ${node.entry.start.exit}, taken ${number(taken)} times before`));
        const label = svg(
            "text",
            { class: "edge-label", x: x2 - 4, y: y2 - 4, "text-anchor": "end" },
            String(node.entry.start.exit),
        );
        return svg("g", {}, path, label);
    }

    link(node, target) {
        if (node === target) return svg("g", {});
        const [x1, y1] = [node.x + NODE.width, node.y + NODE.height / 2];
        const [x2, y2] = [target.x + NODE.width / 2, target.y + NODE.height];
        const reach = 30 + Math.abs(y2 - y1) / 6;
        const path = svg("path", {
            class: "link-line",
            d: `M${x1},${y1}C${x1 + reach},${y1 + 10} ${x2 + reach},${y2 + 24} ${x2},${y2}`,
        });
        path.dataset.from = node.entry.key;
        path.dataset.to = target.entry.key;
        return path;
    }

    node(node) {
        const { entry, x, y } = node;
        const share = this.dump.samples ? entry.time / this.dump.samples : 0;
        const group = svg("g", { class: `node kind-${entry.kind}`, transform: `translate(${x},${y})` });
        group.dataset.key = entry.key;
        const place = whereText(this.dump, entry.at);
        const end =
            entry.link.to === "loop"
                ? "⟲"
                : entry.link.to === "trace"
                  ? `→${entry.link.trace}`
                  : entry.link.to === "interpreter"
                    ? "→int"
                    : "→ret";
        group.append(
            svg("rect", { width: NODE.width, height: NODE.height, rx: 6 }),
            svg("rect", {
                class: "share",
                x: 0,
                y: NODE.height - 4,
                width: NODE.width * Math.min(1, share),
                height: 4,
                rx: 2,
            }),
            svg("text", { class: "node-name", x: 8, y: 14 }, `${nameOf(entry)} ${BADGES[entry.kind]}`),
            svg(
                "text",
                { class: "node-end", x: NODE.width - 8, y: 14, "text-anchor": "end" },
                share >= 0.001 ? `${percent(entry.time, this.dump.samples)} ${end}` : end,
            ),
            svg("text", { class: "node-place", x: 8, y: 27 }, place.length > 27 ? `…${place.slice(-26)}` : place),
            svg(
                "title",
                {},
                `trace ${nameOf(entry)}, ${KINDS[entry.kind]}, ${placeText(entry.at)}; goes on to ${linkText(entry.link)}; exits taken ${number(entry.taken)} times`,
            ),
        );
        node.element = group;
        return group;
    }

    fit() {
        const margin = 24;
        const { clientWidth, clientHeight } = this.picture;
        if (!clientWidth) return;
        const scale = Math.min(
            1.1,
            clientWidth / (this.size.width + 2 * margin),
            clientHeight / (this.size.height + 2 * margin),
        );
        this.setView({ x: -margin, y: -margin, scale });
    }

    setView(view) {
        this.view = view;
        // Words that nobody could read take the most time.
        this.picture.classList.toggle("far", view.scale < 0.3);
        const { clientWidth, clientHeight } = this.picture;
        this.picture.setAttribute(
            "viewBox",
            `${view.x} ${view.y} ${clientWidth / view.scale} ${clientHeight / view.scale}`,
        );
    }

    zoom(factor, px = this.picture.clientWidth / 2, py = this.picture.clientHeight / 2) {
        const { x, y, scale } = this.view;
        const next = Math.min(3, Math.max(0.02, scale * factor));
        this.setView({ x: x + px / scale - px / next, y: y + py / scale - py / next, scale: next });
    }

    wheel(event) {
        event.preventDefault();
        const box = this.picture.getBoundingClientRect();
        this.zoom(Math.exp(-event.deltaY / 400), event.clientX - box.left, event.clientY - box.top);
    }

    drag(event) {
        const start = { x: event.clientX, y: event.clientY, view: this.view };
        const key = this.at(event.target);
        let moved = false;
        const move = (now) => {
            const [dx, dy] = [now.clientX - start.x, now.clientY - start.y];
            moved ||= Math.hypot(dx, dy) > 4;
            if (moved)
                this.setView({
                    ...start.view,
                    x: start.view.x - dx / start.view.scale,
                    y: start.view.y - dy / start.view.scale,
                });
        };
        const up = () => {
            removeEventListener("pointermove", move);
            removeEventListener("pointerup", up);
            if (!moved && key) this.open(key, false);
        };
        addEventListener("pointermove", move);
        addEventListener("pointerup", up);
    }

    // Marks a trace, and the lines from it and to it.
    select(key, show = false) {
        this.nodes?.get(this.selected)?.element.classList.remove("selected");
        this.selected = key;
        const node = this.nodes?.get(key);
        for (const line of this.links?.children ?? [])
            line.classList.toggle("on", line.dataset.from === key || line.dataset.to === key);
        if (!node) return;
        node.element.classList.add("selected");
        this.status.textContent = node.element.querySelector("title").textContent;
        if (show && this.view) this.reveal(node);
    }

    // Fades the traces that the list does not show.
    dim(found) {
        if (!this.nodes) return;
        const keys = new Set(found.map((entry) => entry.key));
        for (const [key, { element }] of this.nodes) element.classList.toggle("dim", !keys.has(key));
    }

    reveal(node) {
        const { clientWidth, clientHeight } = this.picture;
        let { x, y, scale } = this.view;
        if (scale < 0.45) scale = 0.8;
        const [width, height] = [clientWidth / scale, clientHeight / scale];
        const inside = node.x > x && node.x + NODE.width < x + width && node.y > y && node.y + NODE.height < y + height;
        if (inside && scale === this.view.scale) return;
        // In the middle, but with no more emptiness at an edge than there has to be.
        const clamp = (middle, seen, all) =>
            seen > all + 48 ? (all - seen) / 2 : Math.max(-24, Math.min(middle - seen / 2, all + 24 - seen));
        [x, y] = [
            clamp(node.x + NODE.width / 2, width, this.size.width),
            clamp(node.y + NODE.height / 2, height, this.size.height),
        ];
        this.setView({ x, y, scale });
    }

    key(event) {
        const node = this.nodes.get(this.selected);
        const zooms = { "+": 1.25, "=": 1.25, "-": 0.8 };
        if (event.key in zooms) this.zoom(zooms[event.key]);
        else if (event.key === "0") this.fit();
        else if (event.key === "Enter" && node) this.open(this.selected, true);
        else if (event.key.startsWith("Arrow")) {
            const next = node ? this.next(node, event.key) : this.nodes.values().next().value;
            if (next) this.open(next.entry.key, false);
            if (next) this.reveal(next);
        } else return;
        event.preventDefault();
    }

    // The nearest trace in a direction.
    next(node, key) {
        const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key];
        let best = null;
        let least = Infinity;
        for (const other of this.nodes.values()) {
            const [x, y] = [other.x - node.x, other.y - node.y];
            const along = x * dx + y * dy;
            if (along <= 0) continue;
            const distance = along + 3 * Math.abs(x * dy + y * dx);
            if (distance < least) [best, least] = [other, distance];
        }
        return best;
    }
}
