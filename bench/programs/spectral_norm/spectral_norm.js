// Spectral norm: the largest singular value of the infinite matrix 1, 1/2, 1/3, 1/4, ... (cut to n rows and
// columns) by the power method, and how fast the method gets there.
class HilbertLike {
    constructor(n) {
        this.n = n;
    }

    at(i, j) {
        return 1 / ((i + j) * (i + j + 1) / 2 + i + 1);
    }

    // result = A * v
    times(v, result) {
        for (let i = 0; i < this.n; i++) {
            let sum = 0.0;
            for (let j = 0; j < this.n; j++) {
                sum += this.at(i, j) * v[j];
            }
            result[i] = sum;
        }
    }

    // result = transposed A * v
    transposedTimes(v, result) {
        for (let i = 0; i < this.n; i++) {
            let sum = 0.0;
            for (let j = 0; j < this.n; j++) {
                sum += this.at(j, i) * v[j];
            }
            result[i] = sum;
        }
    }
}

function dot(a, b) {
    let sum = 0.0;
    for (let i = 0; i < a.length; i++) {
        sum += a[i] * b[i];
    }
    return sum;
}

function normalize(v) {
    const length = Math.sqrt(dot(v, v));
    for (let i = 0; i < v.length; i++) {
        v[i] /= length;
    }
    return length;
}

function spectralNorm(n, rounds, history) {
    const matrix = new HilbertLike(n);
    const u = new Array(n).fill(1.0);
    const v = new Array(n).fill(0.0);
    const between = new Array(n).fill(0.0);
    for (let round = 0; round < rounds; round++) {
        matrix.times(u, between);
        matrix.transposedTimes(between, v);
        matrix.times(v, between);
        matrix.transposedTimes(between, u);
        history.push(Math.sqrt(dot(u, v) / dot(v, v)));
        normalize(u);
    }
    return history[history.length - 1];
}

for (const n of [100, 200, 400, 800, 1600]) {
    const history = [];
    const norm = spectralNorm(n, 12, history);
    let needed = 0;
    while (Math.abs(history[needed] - norm) > 1e-6) {
        needed += 1;
    }
    console.log(`${n} ${norm.toFixed(9)} ${history[0].toFixed(9)} ${needed}`);
}
