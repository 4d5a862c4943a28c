// Conway's game of life on a torus: a glider, a gun, and a soup of random cells.

function modulo(a, b) {
    const rest = a % b;
    return rest < 0 ? rest + b : rest;
}

class World {
    constructor(width, height) {
        this.width = width;
        this.height = height;
        this.cells = World.blank(width, height);
        this.next = World.blank(width, height);
        this.generation = 0;
    }

    static blank(width, height) {
        const rows = [];
        for (let y = 0; y < height; y++) rows.push(new Array(width).fill(0));
        return rows;
    }

    // Puts a pattern of `#` and `.` down, its upper left corner at x, y.
    place(x, y, pattern) {
        for (let dy = 0; dy < pattern.length; dy++) {
            const line = pattern[dy];
            for (let dx = 0; dx < line.length; dx++) {
                if (line[dx] === "#") this.cells[(y + dy) % this.height][(x + dx) % this.width] = 1;
            }
        }
    }

    neighbours(x, y) {
        let count = 0;
        for (let dy = -1; dy <= 1; dy++) {
            for (let dx = -1; dx <= 1; dx++) {
                if (dx !== 0 || dy !== 0) {
                    count += this.cells[modulo(y + dy, this.height)][modulo(x + dx, this.width)];
                }
            }
        }
        return count;
    }

    step() {
        for (let y = 0; y < this.height; y++) {
            const row = this.next[y];
            for (let x = 0; x < this.width; x++) {
                const count = this.neighbours(x, y);
                const alive = this.cells[y][x] === 1;
                row[x] = count === 3 || (alive && count === 2) ? 1 : 0;
            }
        }
        [this.cells, this.next] = [this.next, this.cells];
        this.generation++;
    }

    population() {
        let count = 0;
        for (const row of this.cells) {
            for (const cell of row) count += cell;
        }
        return count;
    }

    // A number that tells worlds apart.
    checksum() {
        let sum = 0;
        for (const row of this.cells) {
            for (const cell of row) sum = (sum * 31 + cell + 7) % 1000003;
        }
        return sum;
    }

    show() {
        for (const row of this.cells) console.log(row.map(cell => cell === 1 ? "#" : ".").join(""));
    }
}

const GLIDER = [
    ".#.",
    "..#",
    "###",
];
const GUN = [
    "........................#...........",
    "......................#.#...........",
    "............##......##............##",
    "...........#...#....##............##",
    "##........#.....#...##..............",
    "##........#...#.##....#.#...........",
    "..........#.....#.......#...........",
    "...........#...#....................",
    "............##......................",
];

const small = new World(12, 8);
small.place(1, 1, GLIDER);
for (let i = 0; i < 20; i++) small.step();
small.show();

const guns = new World(80, 60);
guns.place(2, 2, GUN);
for (let i = 0; i < 200; i++) {
    guns.step();
    if (guns.generation % 50 === 0) console.log("gun:", guns.generation, guns.population());
}

const soup = new World(96, 64);
let random = 7;
for (let y = 0; y < soup.height; y++) {
    for (let x = 0; x < soup.width; x++) {
        random = random * 16807 % 2147483647;
        if (random % 3 === 0) soup.cells[y][x] = 1;
    }
}
for (let i = 0; i < 250; i++) soup.step();
console.log("soup:", soup.generation, soup.population(), soup.checksum());
