// Pipelines of functions: generators that are closures, pulled one value at a time through maps, filters and windows; the
// same over arrays with map, filter and reduce; composed and curried functions, memoized ones, and counters.
function countFrom(start) {
    let next = start - 1;
    return () => {
        next += 1;
        return next;
    };
}

function mapped(source, f) {
    return () => {
        const x = source();
        return x === null ? null : f(x);
    };
}

function filtered(source, keep) {
    return () => {
        for (;;) {
            const x = source();
            if (x === null || keep(x)) return x;
        }
    };
}

function taken(source, count) {
    return () => {
        if (count === 0) return null;
        count -= 1;
        return source();
    };
}

function pairsOf(source) {
    let last = source();
    return () => {
        const x = source();
        if (x === null) return null;
        const pair = [last, x];
        last = x;
        return pair;
    };
}

function fold(source, start, f) {
    let result = start;
    for (;;) {
        const x = source();
        if (x === null) return result;
        result = f(result, x);
    }
}

function compose(...functions) {
    return (x) => {
        for (const f of functions) x = f(x);
        return x;
    };
}

function curry(f) {
    return (a) => (b) => f(a, b);
}

function memoize(f) {
    const known = new Map();
    return (x) => {
        if (!known.has(x)) known.set(x, f(x));
        return known.get(x);
    };
}

const add = (a, b) => a + b;
const multiply = (a, b) => a * b;
const adder = curry(add);
const scaler = curry(multiply);
const modulo = (m) => (x) => x % m;

function sumOfSquares(count) {
    const odd = filtered(countFrom(1), (x) => x % 2 === 1);
    const squares = mapped(odd, (x) => x * x % 10007);
    return fold(taken(squares, count), 0, add);
}

function differences(count) {
    const values = mapped(countFrom(0), compose(scaler(7919), adder(31), modulo(1009)));
    const steps = mapped(pairsOf(taken(values, count)), (pair) => Math.abs(pair[1] - pair[0]));
    return fold(steps, 0, Math.max);
}

function withArrays(count) {
    const numbers = [];
    for (let i = 0; i < count; i++) numbers.push(i);
    const evens = numbers.map(compose(scaler(3), adder(1))).filter((x) => x % 2 === 0);
    const total = evens.reduce((a, b) => (a + b) % 1000003, 0);
    return total + (evens.some((x) => x === 3 * count - 2) ? 1 : 0);
}

function collatz(limit) {
    let seen = 0;
    const step = (x) => x % 2 === 0 ? x / 2 : 3 * x + 1;
    const length = memoize((x) => {
        let steps = 0;
        while (x !== 1) {
            x = step(x);
            steps += 1;
        }
        seen += 1;
        return steps;
    });
    const longest = fold(taken(mapped(countFrom(1), (x) => length(x % limit + 1)), 3 * limit), 0, Math.max);
    return [longest, seen];
}

for (let round = 1; round <= 5; round++) {
    const [longest, seen] = collatz(500 * round);
    const sums = `${sumOfSquares(300000 * round)} ${differences(200000 * round)} ${withArrays(40000 * round)}`;
    console.log(`${sums} [${longest}, ${seen}]`);
}
