// Three nested loops over ints, with a branch in the innermost.
function run(n) {
    let x = 0;
    for (let i = 0; i < n; i++) {
        for (let j = 0; j < n; j++) {
            for (let k = 0; k < n; k++) {
                if ((i + j + k) % 3 === 0) {
                    x = x + i * j - k;
                } else {
                    x = x - 1;
                }
            }
        }
    }
    return x;
}
console.log(String(run(300)));
