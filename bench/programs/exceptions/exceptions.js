// Throws 500,000 errors out of called functions and catches them, among 3,000,000 calls that do not throw.
function check(i) {
    if (i % 7 == 0) throw new Error("seven");
    return i;
}
function guarded(i) {
    try {
        return check(i);
    } catch (e) {
        return e.message.length;
    }
}
function run(n) {
    let sum = 0;
    for (let i = 0; i < n; i++) sum = sum + guarded(i);
    return sum;
}
console.log(BigInt(run(3500000)).toString());
