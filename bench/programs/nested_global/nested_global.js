// x = x + (i ^ j), then x = x + 1, 10,000 times 10,000 times each, at top level over globals.
var n = 10000;
var x = 0;
for (var i = 0; i < n; i++) {
    for (var j = 0; j < n; j++) {
        x = x + (i ^ j);
    }
}
for (var i = 0; i < n; i++) {
    for (var j = 0; j < n; j++) {
        x = x + 1;
    }
}
console.log(String(x));
