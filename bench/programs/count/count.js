// x = x + 1, 100,000,000 times.
function run(n) {
    let x = 0;
    for (let i = 0; i < n; i++) {
        x = x + 1;
    }
    return x;
}
console.log(String(run(100000000)));
