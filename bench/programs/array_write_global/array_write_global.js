// a[i] = i + r over 1,000,000 elements, 100 rounds, at top level over globals.
var n = 1000000;
var a = new Array(n).fill(0);
for (var r = 0; r < 100; r++) {
    for (var i = 0; i < n; i++) {
        a[i] = i + r;
    }
}
console.log(String(a[0] + a[Math.floor(n / 2)] + a[n - 1]));
