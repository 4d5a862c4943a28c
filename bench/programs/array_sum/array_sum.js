// x = x + a[i] over 1,000,000 elements, 100 rounds.
function run(n, rounds) {
    const a = new Array(n).fill(0);
    for (let i = 0; i < n; i++) {
        a[i] = i * 7 % 1000;
    }
    let x = 0;
    for (let r = 0; r < rounds; r++) {
        for (let i = 0; i < n; i++) {
            x = x + a[i];
        }
    }
    return x;
}
console.log(String(run(1000000, 100)));
