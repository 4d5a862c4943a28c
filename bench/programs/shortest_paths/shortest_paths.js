// Shortest paths in a graph of towns and roads, by Dijkstra's algorithm with a binary heap: in a random graph and in a grid.

class Heap {
    constructor(isBefore) {
        this.items = [];
        this.isBefore = isBefore;
    }

    isEmpty() { return this.items.length === 0; }

    push(item) {
        const items = this.items, before = this.isBefore;
        items.push(item);
        let at = items.length - 1;
        while (at > 0) {
            const parent = (at - 1) >> 1;
            if (!before(item, items[parent])) break;
            items[at] = items[parent];
            at = parent;
        }
        items[at] = item;
    }

    pop() {
        const items = this.items, before = this.isBefore;
        const top = items[0];
        const item = items.pop();
        const size = items.length;
        if (size > 0) {
            let at = 0;
            for (;;) {
                let child = 2 * at + 1;
                if (child >= size) break;
                if (child + 1 < size && before(items[child + 1], items[child])) child++;
                if (!before(items[child], item)) break;
                items[at] = items[child];
                at = child;
            }
            items[at] = item;
        }
        return top;
    }
}

class Road {
    constructor(to, length) {
        this.to = to;
        this.length = length;
    }
}

class Town {
    constructor(number) {
        this.number = number;
        this.roads = [];
        this.distance = Infinity;
        this.previous = null;
    }
}

class Stop {
    constructor(town, distance) {
        this.town = town;
        this.distance = distance;
    }
}

class Graph {
    constructor(size) {
        this.towns = [];
        for (let i = 0; i < size; i++) this.towns.push(new Town(i));
    }

    connect(a, b, length) {
        this.towns[a].roads.push(new Road(this.towns[b], length));
        this.towns[b].roads.push(new Road(this.towns[a], length));
    }

    // Sets all distances from a town; gives the number of towns that can be reached.
    measureFrom(start) {
        for (const town of this.towns) {
            town.distance = Infinity;
            town.previous = null;
        }
        const heap = new Heap((a, b) => a.distance < b.distance);
        this.towns[start].distance = 0;
        heap.push(new Stop(this.towns[start], 0));
        let reached = 0;
        while (!heap.isEmpty()) {
            const stop = heap.pop();
            const town = stop.town;
            if (stop.distance === town.distance) {
                reached++;
                for (const road of town.roads) {
                    const distance = town.distance + road.length;
                    if (distance < road.to.distance) {
                        road.to.distance = distance;
                        road.to.previous = town;
                        heap.push(new Stop(road.to, distance));
                    }
                }
            }
        }
        return reached;
    }

    pathTo(goal) {
        const path = [];
        for (let town = this.towns[goal]; town !== null; town = town.previous) path.push(town.number);
        return path.reverse();
    }
}

let random = 2026;
function nextRandom(n) {
    random = random * 16807 % 2147483647;
    return random % n;
}

function randomGraph(size, roads) {
    const graph = new Graph(size);
    for (let i = 1; i < size; i++) graph.connect(i, nextRandom(i), 1 + nextRandom(100));
    for (let i = 0; i < roads; i++) graph.connect(nextRandom(size), nextRandom(size), 1 + nextRandom(1000));
    return graph;
}

function gridGraph(width, height) {
    const graph = new Graph(width * height);
    for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) {
            const at = y * width + x;
            if (x + 1 < width) graph.connect(at, at + 1, 1 + nextRandom(9));
            if (y + 1 < height) graph.connect(at, at + width, 1 + nextRandom(9));
        }
    }
    return graph;
}

function report(name, graph, end, step) {
    let total = 0, farthest = 0, longest = [];
    for (let start = 0; start < end; start += step) {
        const reached = graph.measureFrom(start);
        if (reached !== graph.towns.length) throw new Error("the graph falls apart");
        for (const town of graph.towns) {
            total += town.distance;
            if (town.distance > farthest) {
                farthest = town.distance;
                longest = graph.pathTo(town.number);
            }
        }
    }
    console.log(`${name}: sum ${total}, farthest ${farthest} by ${longest.length} towns, from ${longest[0]} to ${longest[longest.length - 1]}`);
}

report("random", randomGraph(5000, 15000), 5000, 400);
report("grid", gridGraph(70, 70), 4900, 300);
