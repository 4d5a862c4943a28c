// Permutations in several ways: by recursion with swaps, in lexicographic order, by rank and back; their cycles, inversions
// and fixed points, and how they compose.
class Statistics {
    constructor(n) {
        this.count = 0;
        this.fixedPoints = 0;
        this.even = 0;
        this.inversions = new Array(n * (n - 1) / 2 + 1).fill(0);
        this.cycles = new Map();
    }

    add(p) {
        this.count += 1;
        for (let i = 0; i < p.length; i++) {
            if (i === p[i]) this.fixedPoints += 1;
        }
        this.inversions[countInversions(p)] += 1;
        const cycles = countCycles(p);
        this.cycles.set(cycles, (this.cycles.get(cycles) || 0) + 1);
        if ((p.length - cycles) % 2 === 0) this.even += 1;
    }
}

function countInversions(p) {
    let count = 0;
    for (let i = 0; i < p.length; i++) {
        for (let j = i + 1; j < p.length; j++) {
            if (p[i] > p[j]) count += 1;
        }
    }
    return count;
}

function countCycles(p) {
    const seen = new Array(p.length).fill(false);
    let count = 0;
    for (let start = 0; start < p.length; start++) {
        if (!seen[start]) {
            count += 1;
            let i = start;
            while (!seen[i]) {
                seen[i] = true;
                i = p[i];
            }
        }
    }
    return count;
}

function swap(p, i, j) {
    const t = p[i];
    p[i] = p[j];
    p[j] = t;
}

function permute(p, k, visit) {
    if (k === p.length) {
        visit(p);
        return;
    }
    for (let i = k; i < p.length; i++) {
        swap(p, k, i);
        permute(p, k + 1, visit);
        swap(p, k, i);
    }
}

// Goes on to the next one in lexicographic order; false after the last.
function nextPermutation(p) {
    let i = p.length - 2;
    while (i >= 0 && p[i] > p[i + 1]) i -= 1;
    if (i < 0) return false;
    let j = p.length - 1;
    while (p[j] < p[i]) j -= 1;
    swap(p, i, j);
    let low = i + 1, high = p.length - 1;
    while (low < high) {
        swap(p, low, high);
        low += 1;
        high -= 1;
    }
    return true;
}

function factorial(n) {
    return n < 2 ? 1 : n * factorial(n - 1);
}

function rank(p) {
    let result = 0;
    for (let i = 0; i < p.length; i++) {
        let smaller = 0;
        for (let j = i + 1; j < p.length; j++) {
            if (p[j] < p[i]) smaller += 1;
        }
        result += smaller * factorial(p.length - 1 - i);
    }
    return result;
}

function range(n) {
    const a = [];
    for (let i = 0; i < n; i++) a.push(i);
    return a;
}

function unrank(r, n) {
    const left = range(n);
    const p = [];
    for (let i = n - 1; i >= 0; i--) {
        const f = factorial(i);
        p.push(left.splice(Math.floor(r / f), 1)[0]);
        r %= f;
    }
    return p;
}

function compose(p, q) {
    const result = [];
    for (const x of q) result.push(p[x]);
    return result;
}

function isIdentity(p) {
    for (let i = 0; i < p.length; i++) {
        if (i !== p[i]) return false;
    }
    return true;
}

function order(p) {
    let power = p, n = 1;
    while (!isIdentity(power)) {
        power = compose(p, power);
        n += 1;
    }
    return n;
}

for (let n = 6; n <= 8; n++) {
    const statistics = new Statistics(n);
    permute(range(n), 0, (p) => statistics.add(p));
    const byCycles = [];
    for (let c = 1; c <= n; c++) byCycles.push(statistics.cycles.get(c));
    const { count, fixedPoints, even, inversions } = statistics;
    console.log(`${count} ${fixedPoints} ${even} ${byCycles.join(",")} ${inversions.join(",")}`);
}

const p = range(9);
let checksum = 0, number = 0;
do {
    checksum = (checksum * 31 + p[number % 9] * 7 + p[0]) % 1000003;
    number += 1;
} while (nextPermutation(p));
console.log(`${number} ${checksum}`);

let wrong = 0, orders = 0;
for (let r = 0; r < factorial(9); r += 3) {
    const q = unrank(r, 9);
    if (rank(q) !== r) wrong += 1;
    if (r % 5 === 0) orders += order(q);
}
console.log(`${wrong} ${orders}`);
