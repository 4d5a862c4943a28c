// 10,000,000 calls of methods, some of them inherited, some through `super`.
class Counter {
    constructor(step) {
        this.count = 0;
        this.step = step;
    }
    add(n) {
        this.count = this.count + n * this.step;
        return this;
    }
    value() { return this.count; }
}
class Twice extends Counter {
    constructor(step) { super(step * 2); }
    value() { return super.value() % 0x1000000; }
}
function run(n) {
    const a = new Counter(3), b = new Twice(5);
    let sum = 0;
    for (let i = 0; i < n; i++) {
        a.add(i);
        b.add(i);
        sum = ((sum + a.value() - b.value()) % 0x1000000 + 0x1000000) % 0x1000000;
    }
    return sum;
}
console.log(BigInt(run(2500000)).toString());
