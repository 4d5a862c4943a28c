// x = x + a[i] over 1,000,000 elements, 100 rounds, at top level over globals.
var n = 1000000;
var a = new Array(n).fill(0);
for (var i = 0; i < n; i++) {
    a[i] = i * 7 % 1000;
}
var x = 0;
for (var r = 0; r < 100; r++) {
    for (var i = 0; i < n; i++) {
        x = x + a[i];
    }
}
console.log(String(x));
