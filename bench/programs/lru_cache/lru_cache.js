// A cache that forgets what was used least recently: a map of entries, which are a doubly linked list in the order of
// their use. Serves requests for ints and for strings from slow functions.

class Entry {
    constructor(key, value) {
        this.key = key;
        this.value = value;
        this.newer = null;
        this.older = null;
    }
}

class Cache {
    constructor(capacity, compute) {
        this.capacity = capacity;
        this.compute = compute;
        this.entries = new Map();
        this.hits = 0;
        this.misses = 0;
        this.evictions = 0;
        // One entry that is none: its neighbours are the newest and the oldest.
        this.ring = new Entry(null, null);
        this.ring.newer = this.ring;
        this.ring.older = this.ring;
    }

    unlink(entry) {
        entry.newer.older = entry.older;
        entry.older.newer = entry.newer;
    }

    linkAsNewest(entry) {
        const newest = this.ring.older;
        entry.older = newest;
        entry.newer = this.ring;
        newest.newer = entry;
        this.ring.older = entry;
    }

    evict() {
        const oldest = this.ring.newer;
        this.unlink(oldest);
        this.entries.delete(oldest.key);
        this.evictions++;
    }

    get(key) {
        let entry = this.entries.get(key);
        if (entry !== undefined) {
            this.hits++;
            if (this.ring.older !== entry) {
                this.unlink(entry);
                this.linkAsNewest(entry);
            }
            return entry.value;
        }
        this.misses++;
        if (this.entries.size >= this.capacity) this.evict();
        entry = new Entry(key, this.compute(key));
        this.entries.set(key, entry);
        this.linkAsNewest(entry);
        return entry.value;
    }

    keysByAge() {
        const keys = [];
        for (let entry = this.ring.newer; entry !== this.ring; entry = entry.newer) keys.push(entry.key);
        return keys;
    }

    report(name) {
        console.log(`${name}: ${this.hits} hits, ${this.misses} misses, ${this.evictions} evictions, ${this.entries.size} kept`);
    }
}

class Random {
    constructor(seed) { this.state = seed; }

    next(n) {
        this.state = this.state * 16807 % 2147483647;
        return this.state % n;
    }

    // Small numbers more often than large ones.
    skewed(n) {
        const a = this.next(n), b = this.next(n);
        return Math.floor(a * b / n);
    }
}

function collatzSteps(n) {
    let steps = 0;
    while (n > 1) {
        n = n % 2 === 0 ? n / 2 : 3 * n + 1;
        steps++;
    }
    return steps;
}

function countVowels(word) {
    let count = 0;
    for (const c of word) {
        if ("aeiou".includes(c)) count++;
    }
    return count;
}

function serveInts(requests) {
    const random = new Random(12345);
    const cache = new Cache(1000, collatzSteps);
    let sum = 0;
    for (let i = 0; i < requests; i++) sum += cache.get(1 + random.skewed(5000));
    cache.report("ints");
    const ages = cache.keysByAge();
    console.log(`sum ${sum}, oldest ${ages[0]}, newest ${ages[ages.length - 1]}`);
}

function serveWords(requests) {
    const syllables = ["ba", "co", "di", "fe", "gu", "lo", "ma", "ne", "pi", "ru", "sa", "te", "vo", "xy", "zu"];
    const words = [];
    for (const a of syllables) {
        for (const b of syllables) {
            for (const c of syllables) words.push(a + b + c);
        }
    }
    const random = new Random(54321);
    const cache = new Cache(500, countVowels);
    let sum = 0;
    for (let i = 0; i < requests; i++) sum += cache.get(words[random.skewed(words.length)]);
    cache.report("words");
    const ages = cache.keysByAge();
    console.log(`sum ${sum}, oldest ${ages[0]}, newest ${ages[ages.length - 1]}`);
}

serveInts(400000);
serveWords(200000);
