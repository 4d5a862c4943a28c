// Sorts 200,000 pairs by a function of the program.
const a = [];
let x = 42;
for (let i = 0; i < 200000; i++) {
    const low = x % 65536, high = (x - low) / 65536;
    x = (high * 1103515245 % 32768 * 65536 + low * 1103515245 + 12345) % 2147483648;
    a.push([x % 1000, i]);
}
a.sort((p, q) => p[0] < q[0] || p[0] == q[0] && p[1] < q[1] ? -1 : 1);
let sum = 0;
for (let i = 0; i < a.length; i++) sum = (sum * 31 + a[i][0] * 7 + a[i][1]) % 1000003;
console.log(`${sum}`);
