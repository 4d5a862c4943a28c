// x = add_one(x) ^ i, 100,000,000 times, at top level over globals.
function add_one(x) {
    return x + 1;
}
var n = 100000000;
var x = 0;
for (var i = 0; i < n; i++) {
    x = add_one(x) ^ i;
}
console.log(String(x));
