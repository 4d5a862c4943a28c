// Makes 1,000,000 closures that share a variable, and calls closures 9,000,000 times.
function adder(k) { return x => x + k; }
function counter() {
    let n = 0;
    return by => {
        n = n + by;
        return n;
    };
}
function run(n) {
    const count = counter();
    let sum = 0;
    for (let i = 0; i < n; i++) {
        const add = adder(i);
        for (let j = 0; j < 4; j++) {
            sum = sum + add(j);
            count(j);
        }
    }
    return sum + count(0);
}
console.log(BigInt(run(1000000)).toString());
