// Sorts 1,000,000 ints from a linear congruential generator.
const a = [];
let x = 42;
for (let i = 0; i < 1000000; i++) {
    const low = x % 65536, high = (x - low) / 65536;
    x = (high * 1103515245 % 32768 * 65536 + low * 1103515245 + 12345) % 2147483648;
    a.push(x);
}
a.sort((p, q) => p - q);
let ordered = true, sum = 0;
for (let i = 1; i < a.length; i++) {
    if (a[i - 1] > a[i]) ordered = false;
    sum = (sum * 31 + a[i]) % 1000003;
}
console.log(`${ordered} ${sum}`);
