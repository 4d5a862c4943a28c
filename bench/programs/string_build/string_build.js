// Builds a string of 2,000,000 short pieces by appending, and looks at every tenth character of it.
function build(n) {
    let s = "";
    for (let i = 0; i < n; i++) {
        s = s + "ab";
        if (i % 3 === 0) {
            s = s + "c";
        }
    }
    return s;
}
function count(s, wanted) {
    let found = 0;
    for (let i = 0; i < s.length; i += 10) {
        if (s[i] === wanted) {
            found = found + 1;
        }
    }
    return found;
}
const s = build(2000000);
console.log(`${s.length} ${count(s, "a")} ${count(s, "c")}`);
