// Counts 4,000,000 words, of which 2,000 are different, in a map with string keys, and adds up what it counted.
function run(n) {
    const words = [];
    for (let i = 0; i < 2000; i++) {
        words.push("word" + (i * 7919 % 2000));
    }
    const counts = new Map();
    const total = new Map([["seen", 0], ["again", 0]]);
    let seed = 42;
    for (let i = 0; i < n; i++) {
        seed = seed * 16807 % 2147483647;
        const word = words[seed % 2000];
        const count = counts.get(word);
        if (count === undefined) {
            counts.set(word, 1);
            total.set("seen", total.get("seen") + 1);
        } else {
            counts.set(word, count + 1);
            total.set("again", total.get("again") + 1);
        }
    }
    let sum = 0;
    for (let i = 0; i < 2000; i++) {
        sum = (sum * 31 + counts.get(words[i])) % 1000000007;
    }
    return sum + total.get("seen") + total.get("again");
}
console.log(String(run(4000000)));
