// Eight kinds of shapes in one scene: areas, perimeters, hit tests and scaling, each by a call of a method whose receiver may
// be of any of the eight classes.
const { PI, sqrt, abs, floor } = Math;

class Shape {
    constructor(x, y) {
        this.x = x;
        this.y = y;
    }
    move(dx, dy) {
        this.x += dx;
        this.y += dy;
    }
    describe() { return `${this.name()} at ${floor(this.x)}, ${floor(this.y)}`; }
    grow(factor) { this.setSize(this.size() * factor); }
}

class Circle extends Shape {
    constructor(x, y, r) {
        super(x, y);
        this.r = r;
    }
    name() { return "circle"; }
    area() { return PI * this.r * this.r; }
    perimeter() { return 2 * PI * this.r; }
    contains(px, py) {
        const dx = px - this.x, dy = py - this.y;
        return dx * dx + dy * dy <= this.r * this.r;
    }
    size() { return this.r; }
    setSize(s) { this.r = s; }
}

class Square extends Shape {
    constructor(x, y, side) {
        super(x, y);
        this.side = side;
    }
    name() { return "square"; }
    area() { return this.side * this.side; }
    perimeter() { return 4 * this.side; }
    contains(px, py) {
        return px >= this.x && py >= this.y && px <= this.x + this.side && py <= this.y + this.side;
    }
    size() { return this.side; }
    setSize(s) { this.side = s; }
}

class Rectangle extends Shape {
    constructor(x, y, w, h) {
        super(x, y);
        this.w = w;
        this.h = h;
    }
    name() { return "rectangle"; }
    area() { return this.w * this.h; }
    perimeter() { return 2 * (this.w + this.h); }
    contains(px, py) {
        return px >= this.x && py >= this.y && px <= this.x + this.w && py <= this.y + this.h;
    }
    size() { return this.w; }
    setSize(s) {
        this.h = this.h * s / this.w;
        this.w = s;
    }
}

class Triangle extends Shape {
    constructor(x, y, base) {
        super(x, y);
        this.base = base;
    }
    name() { return "triangle"; }
    area() { return this.base * this.base / 2; }
    perimeter() { return this.base * (2 + sqrt(2)); }
    contains(px, py) {
        const u = px - this.x, v = py - this.y;
        return u >= 0 && v >= 0 && u + v <= this.base;
    }
    size() { return this.base; }
    setSize(s) { this.base = s; }
}

class Hexagon extends Shape {
    constructor(x, y, edge) {
        super(x, y);
        this.edge = edge;
    }
    name() { return "hexagon"; }
    area() { return 1.5 * sqrt(3) * this.edge * this.edge; }
    perimeter() { return 6 * this.edge; }
    contains(px, py) {
        const u = abs(px - this.x), v = abs(py - this.y);
        return u <= this.edge && v * 2 <= sqrt(3) * this.edge && sqrt(3) * u + v <= sqrt(3) * this.edge;
    }
    size() { return this.edge; }
    setSize(s) { this.edge = s; }
}

class Ellipse extends Shape {
    constructor(x, y, a, b) {
        super(x, y);
        this.a = a;
        this.b = b;
    }
    name() { return "ellipse"; }
    area() { return PI * this.a * this.b; }
    perimeter() {
        const a = this.a, b = this.b;
        return PI * (3 * (a + b) - sqrt((3 * a + b) * (a + 3 * b)));
    }
    contains(px, py) {
        const u = (px - this.x) / this.a, v = (py - this.y) / this.b;
        return u * u + v * v <= 1;
    }
    size() { return this.a; }
    setSize(s) {
        this.b = this.b * s / this.a;
        this.a = s;
    }
}

class Ring extends Circle {
    constructor(x, y, r, inner) {
        super(x, y, r);
        this.inner = inner;
    }
    name() { return "ring"; }
    area() { return super.area() - PI * this.inner * this.inner; }
    perimeter() { return super.perimeter() + 2 * PI * this.inner; }
    contains(px, py) {
        const dx = px - this.x, dy = py - this.y;
        return super.contains(px, py) && dx * dx + dy * dy >= this.inner * this.inner;
    }
}

class Diamond extends Shape {
    constructor(x, y, reach) {
        super(x, y);
        this.reach = reach;
    }
    name() { return "diamond"; }
    area() { return 2 * this.reach * this.reach; }
    perimeter() { return 4 * sqrt(2) * this.reach; }
    contains(px, py) { return abs(px - this.x) + abs(py - this.y) <= this.reach; }
    size() { return this.reach; }
    setSize(s) { this.reach = s; }
}

let state = 7;
function randomTo(limit) {
    state = state * 16807 % 2147483647;
    return state % 100000 / 100000 * limit;
}

function makeShape() {
    const kind = floor(randomTo(8));
    const x = randomTo(100), y = randomTo(100), s = 1 + randomTo(10);
    switch (kind) {
        case 0: return new Circle(x, y, s);
        case 1: return new Square(x, y, s);
        case 2: return new Rectangle(x, y, s, s + randomTo(5));
        case 3: return new Triangle(x, y, s);
        case 4: return new Hexagon(x, y, s);
        case 5: return new Ellipse(x, y, s, s / 2);
        case 6: return new Ring(x, y, s, s / 3);
        default: return new Diamond(x, y, s);
    }
}

function totalArea(shapes) {
    let sum = 0.0;
    for (const shape of shapes) sum += shape.area();
    return sum;
}

function totalPerimeter(shapes) {
    let sum = 0.0;
    for (const shape of shapes) sum += shape.perimeter();
    return sum;
}

function hits(shapes, px, py) {
    let count = 0;
    for (const shape of shapes) {
        if (shape.contains(px, py)) count += 1;
    }
    return count;
}

const shapes = [];
for (let i = 0; i < 1000; i++) shapes.push(makeShape());
for (let i = 0; i < 8; i++) console.log(shapes[i].describe());
let inside = 0;
for (let round = 0; round < 1500; round++) {
    inside += hits(shapes, randomTo(100), randomTo(100));
    const factor = round % 2 === 0 ? 1.25 : 0.8;
    for (const shape of shapes) {
        shape.grow(factor);
        shape.move(factor - 1, 1 - factor);
    }
    if (round % 300 === 0) {
        console.log(`${totalArea(shapes).toFixed(4)} ${totalPerimeter(shapes).toFixed(4)} ${inside}`);
    }
}
let area = 0.0;
for (let round = 0; round < 1000; round++) area += totalArea(shapes) - totalPerimeter(shapes);
console.log(`${(area / 1000).toFixed(4)} ${inside}`);
