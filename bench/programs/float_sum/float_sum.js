// x = x + i * 0.5, 100,000,000 times.
function run(n) {
    let x = 0;
    for (let i = 0; i < n; i++) {
        x = x + i * 0.5;
    }
    return x;
}
console.log(String(Math.floor(run(100000000))));
