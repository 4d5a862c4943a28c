// Counts 4,000,000 ints, of which 20,000 are different and far apart, in a map, and adds up what it counted.
function run(n) {
    const counts = new Map();
    let seed = 42;
    for (let i = 0; i < n; i++) {
        seed = seed * 16807 % 2147483647;
        const key = seed % 20000 * 65537;
        const count = counts.get(key);
        if (count === undefined) {
            counts.set(key, 1);
        } else {
            counts.set(key, count + 1);
        }
    }
    let sum = 0;
    for (let i = 0; i < 20000; i++) {
        sum = (sum * 31 + counts.get(i * 65537)) % 1000000007;
    }
    return sum;
}
console.log(String(run(4000000)));
