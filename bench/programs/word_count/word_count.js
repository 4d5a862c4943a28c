// Counts the words of a text that it makes up: how often each occurs, on which lines, by which letters they begin, and
// which are anagrams of each other.

let random = 77;
function nextRandom(n) {
    random = random * 16807 % 2147483647;
    return random % n;
}

function makeVocabulary(size) {
    const onsets = ["b", "c", "d", "f", "g", "l", "m", "n", "p", "r", "s", "t", "st", "tr"];
    const vowels = ["a", "e", "i", "o", "u", "ea"];
    const words = [];
    for (let i = 0; i < size; i++) {
        let word = "";
        for (let left = 1 + nextRandom(3); left > 0; left--) {
            word += onsets[nextRandom(onsets.length)] + vowels[nextRandom(vowels.length)];
        }
        if (nextRandom(3) === 0) word += "n";
        words.push(word);
    }
    return words;
}

function makeText(lines, vocabulary) {
    const text = [];
    let sentenceBegins = true;
    for (let i = 0; i < lines; i++) {
        const line = [];
        for (let left = 6 + nextRandom(8); left > 0; left--) {
            const a = nextRandom(vocabulary.length);
            const at = Math.floor(a * nextRandom(vocabulary.length) / vocabulary.length);
            let word = vocabulary[at];
            if (sentenceBegins) {
                word = word[0].toUpperCase() + word.slice(1);
                sentenceBegins = false;
            }
            const mark = nextRandom(12);
            if (mark === 0) {
                word += ".";
                sentenceBegins = true;
            } else if (mark === 1) {
                word += ",";
            }
            line.push(word);
        }
        text.push(line.join(" "));
    }
    return text.join("\n");
}

function isLetter(c) { return c >= "a" && c <= "z" || c >= "A" && c <= "Z"; }

// The words of a line, in lower case.
function wordsOf(line) {
    const words = [], size = line.length;
    let at = 0;
    while (at < size) {
        while (at < size && !isLetter(line[at])) at++;
        const start = at;
        while (at < size && isLetter(line[at])) at++;
        if (at > start) words.push(line.slice(start, at).toLowerCase());
    }
    return words;
}

class Index {
    constructor() {
        this.counts = new Map();
        this.lines = new Map();
        this.total = 0;
    }

    add(word, lineNumber) {
        this.total++;
        if (this.counts.has(word)) {
            this.counts.set(word, this.counts.get(word) + 1);
            const lines = this.lines.get(word);
            if (lines[lines.length - 1] !== lineNumber) lines.push(lineNumber);
        } else {
            this.counts.set(word, 1);
            this.lines.set(word, [lineNumber]);
        }
    }

    addText(text) {
        text.split("\n").forEach((line, number) => {
            for (const word of wordsOf(line)) this.add(word, number + 1);
        });
    }

    mostFrequent(n) {
        const words = [...this.counts.keys()];
        words.sort((a, b) => {
            const x = this.counts.get(a), y = this.counts.get(b);
            return x === y ? (a < b ? -1 : 1) : y - x;
        });
        return words.slice(0, n);
    }

    byFirstLetter() {
        const totals = new Map();
        for (const [word, count] of this.counts) {
            const letter = word[0];
            totals.set(letter, (totals.get(letter) || 0) + count);
        }
        return totals;
    }

    // The largest group of words with the same letters; the first by the alphabet if there are several.
    anagrams() {
        const groups = new Map();
        for (const word of this.counts.keys()) {
            const key = word.split("").sort().join("");
            if (groups.has(key)) groups.get(key).push(word);
            else groups.set(key, [word]);
        }
        let best = [], bestKey = "";
        for (const [key, words] of groups) {
            if (words.length > best.length || (words.length === best.length && key < bestKey)) {
                best = words;
                bestKey = key;
            }
        }
        return best.sort();
    }
}

const text = makeText(24000, makeVocabulary(6000));
const index = new Index();
index.addText(text);
console.log(`${text.length} characters, ${index.total} words, ${index.counts.size} different`);
for (const word of index.mostFrequent(8)) {
    const lines = index.lines.get(word);
    console.log(`${word.padEnd(10)} ${index.counts.get(word)} times on ${lines.length} lines, first on ${lines[0]}`);
}
const totals = index.byFirstLetter();
console.log([...totals.keys()].sort().map(letter => `${letter}:${totals.get(letter)}`).join(" "));
console.log("anagrams: " + index.anagrams().join(" "));
