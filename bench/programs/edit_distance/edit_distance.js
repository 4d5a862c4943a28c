// Spelling correction: makes words and misspells them, then looks for the nearest word of a dictionary by the distance of
// Levenshtein with transpositions; and aligns long strings of bases.
let state = 42;
function randomBelow(n) {
    state = state * 16807 % 2147483647;
    return state % n;
}

const LETTERS = "abcdefghijklmnopqrstuvwxyz";
const BASES = "ACGT";

function randomWord(letters, length) {
    let word = "";
    for (let i = 0; i < length; i++) {
        word += letters[randomBelow(letters.length)];
    }
    return word;
}

function misspell(word) {
    const at = randomBelow(word.length - 1);
    switch (randomBelow(4)) {
        case 0: return word.slice(0, at) + word.slice(at + 1);
        case 1: return word.slice(0, at) + LETTERS[randomBelow(26)] + word.slice(at);
        case 2: return word.slice(0, at) + LETTERS[randomBelow(26)] + word.slice(at + 1);
        default: return word.slice(0, at) + word[at + 1] + word[at] + word.slice(at + 2);
    }
}

// The least number of insertions, deletions, replacements and transpositions that make b of a.
function distance(a, b) {
    let before = [], previous = [], current = [];
    for (let j = 0; j <= b.length; j++) {
        before.push(0);
        previous.push(j);
        current.push(0);
    }
    for (let i = 1; i <= a.length; i++) {
        current[0] = i;
        for (let j = 1; j <= b.length; j++) {
            let best = previous[j - 1];
            if (a[i - 1] !== b[j - 1]) {
                best = Math.min(best, previous[j], current[j - 1]) + 1;
                if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
                    best = Math.min(best, before[j - 2] + 1);
                }
            }
            current[j] = best;
        }
        [before, previous, current] = [previous, current, before];
    }
    return previous[b.length];
}

// A longest common subsequence.
function common(a, b) {
    const table = [];
    for (let i = 0; i <= a.length; i++) {
        table.push(new Array(b.length + 1).fill(0));
    }
    for (let i = 1; i <= a.length; i++) {
        for (let j = 1; j <= b.length; j++) {
            if (a[i - 1] === b[j - 1]) {
                table[i][j] = table[i - 1][j - 1] + 1;
            } else {
                table[i][j] = Math.max(table[i - 1][j], table[i][j - 1]);
            }
        }
    }
    const result = [];
    let i = a.length, j = b.length;
    while (i > 0 && j > 0) {
        if (a[i - 1] === b[j - 1]) {
            result.push(a[i - 1]);
            i -= 1;
            j -= 1;
        } else if (table[i - 1][j] >= table[i][j - 1]) {
            i -= 1;
        } else {
            j -= 1;
        }
    }
    return result.reverse().join("");
}

const words = [];
for (let i = 0; i < 600; i++) {
    words.push(randomWord(LETTERS, 4 + randomBelow(8)));
}
let right = 0, total = 0;
for (let i = 0; i < 150; i++) {
    const word = words[randomBelow(words.length)];
    const wrong = misspell(misspell(word));
    let best = 1000, nearest = "";
    for (const candidate of words) {
        const d = distance(wrong, candidate);
        if (d < best) {
            best = d;
            nearest = candidate;
        }
    }
    total += best;
    if (nearest === word) right += 1;
}
console.log(`corrected ${right} of 150, ${total} edits`);

const first = randomWord(BASES, 1500);
const second = randomWord(BASES, 1500);
const shared = common(first, second);
console.log(`${shared.length} ${shared.slice(0, 40)} ${distance(first, second)}`);
