// The spectral norm of an infinite matrix, cut to 300 by 300.
function a(i, j) {
    return 1.0 / (Math.floor((i + j) * (i + j + 1) / 2) + i + 1);
}
function multiply(v, out, n) {
    for (let i = 0; i < n; i++) {
        let s = 0.0;
        for (let j = 0; j < n; j++) {
            s = s + a(i, j) * v[j];
        }
        out[i] = s;
    }
}
function multiplyTransposed(v, out, n) {
    for (let i = 0; i < n; i++) {
        let s = 0.0;
        for (let j = 0; j < n; j++) {
            s = s + a(j, i) * v[j];
        }
        out[i] = s;
    }
}
function run(n) {
    const u = new Array(n).fill(1.0), v = new Array(n).fill(0.5), t = new Array(n).fill(0.5);
    for (let round = 0; round < 10; round++) {
        multiply(u, t, n);
        multiplyTransposed(t, v, n);
        multiply(v, t, n);
        multiplyTransposed(t, u, n);
    }
    let vbv = 0.0, vv = 0.0;
    for (let i = 0; i < n; i++) {
        vbv = vbv + u[i] * v[i];
        vv = vv + v[i] * v[i];
    }
    return Math.sqrt(vbv / vv);
}
console.log(String(Math.floor(run(300) * 1e9)));
