// x = x + (i ^ j), then x = x + 1, 10,000 times 10,000 times each.
function run(n) {
    let x = 0;
    for (let i = 0; i < n; i++) {
        for (let j = 0; j < n; j++) {
            x = x + (i ^ j);
        }
    }
    for (let i = 0; i < n; i++) {
        for (let j = 0; j < n; j++) {
            x = x + 1;
        }
    }
    return x;
}
console.log(String(run(10000)));
