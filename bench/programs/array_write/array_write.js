// a[i] = i + r over 1,000,000 elements, 100 rounds.
function run(n, rounds) {
    const a = new Array(n).fill(0);
    for (let r = 0; r < rounds; r++) {
        for (let i = 0; i < n; i++) {
            a[i] = i + r;
        }
    }
    return a[0] + a[Math.floor(n / 2)] + a[n - 1];
}
console.log(String(run(1000000, 100)));
