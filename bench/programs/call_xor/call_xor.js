// x = add_one(x) ^ i, 100,000,000 times.
function add_one(x) {
    return x + 1;
}
function run(n) {
    let x = 0;
    for (let i = 0; i < n; i++) {
        x = add_one(x) ^ i;
    }
    return x;
}
console.log(String(run(100000000)));
