// x = x + i * 0.5, 100,000,000 times, at top level over globals.
var n = 100000000;
var x = 0;
for (var i = 0; i < n; i++) {
    x = x + i * 0.5;
}
console.log(String(Math.floor(x)));
