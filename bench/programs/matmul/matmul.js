// Products of 200 by 200 matrices of floats, kept in flat arrays, ten times.
function multiply(a, b, c, n) {
    for (let i = 0; i < n; i++) {
        for (let j = 0; j < n; j++) {
            let s = 0;
            for (let k = 0; k < n; k++) {
                s = s + a[i * n + k] * b[k * n + j];
            }
            c[i * n + j] = s;
        }
    }
}
function run(n, rounds) {
    const a = new Array(n * n).fill(0.5);
    const b = new Array(n * n).fill(0.5);
    const c = new Array(n * n).fill(0.5);
    for (let i = 0; i < n * n; i++) {
        a[i] = (i % 7) * 0.5;
        b[i] = (i % 11) * 0.25;
    }
    let total = 0;
    for (let r = 0; r < rounds; r++) {
        multiply(a, b, c, n);
        a[r] = a[r] + 1;
        total = total + c[r * n + r];
    }
    return total;
}
console.log(String(Math.floor(run(200, 10) * 8)));
