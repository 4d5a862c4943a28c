// if i < n div 2 then x = x + 1, 100,000,000 times, at top level over globals.
var n = 100000000;
var x = 0;
for (var i = 0; i < n; i++) {
    if (i < Math.floor(n / 2)) x = x + 1;
}
console.log(String(x));
