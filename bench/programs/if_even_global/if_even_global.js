// if i % 2 == 0 then x = x + 1 else x = x - 1, 100,000,000 times, at top level over globals.
var n = 100000000;
var x = 0;
for (var i = 0; i < n; i++) {
    if (i % 2 === 0) x = x + 1; else x = x - 1;
}
console.log(String(x));
