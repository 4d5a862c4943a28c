// Makes 3,000,000 objects, most of which die at once, and keeps some in a list.
class Node {
    constructor(value, next) {
        this.value = value;
        this.next = next;
    }
}
class Vector {
    constructor(x, y) {
        this.x = x;
        this.y = y;
    }
    plus(other) { return new Vector(this.x + other.x, this.y + other.y); }
}
function run(n) {
    let list = null, sum = new Vector(0.0, 0.0);
    const step = new Vector(0.5, 0.25);
    for (let i = 0; i < n; i++) {
        sum = sum.plus(step);
        const node = new Node(i, list);
        if (i % 16 == 0) list = node;
    }
    let length = 0;
    while (list != null) {
        length = length + list.value % 7;
        list = list.next;
    }
    return `[${length}, ${sum.x.toFixed(1)}, ${sum.y.toFixed(1)}]`;
}
console.log(run(1500000));
