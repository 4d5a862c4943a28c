// Hashes of bytes: SHA-256 in a class that takes its input in pieces, and MurmurHash3, of texts and of one long message.
function rotateRight(x, n) {
    return (x >>> n) | (x << (32 - n));
}

function hexadecimal(x) {
    return (x >>> 0).toString(16).padStart(8, "0");
}

function primes(n) {
    const found = [];
    let candidate = 2;
    while (found.length < n) {
        if (found.every((p) => candidate % p !== 0)) {
            found.push(candidate);
        }
        candidate += 1;
    }
    return found;
}

// The first 32 bits behind the point of x.
function fractionBits(x) {
    return Math.floor((x - Math.floor(x)) * 4294967296) | 0;
}

const ROUND_CONSTANTS = primes(64).map((p) => fractionBits(Math.pow(p, 1 / 3)));
const START = primes(8).map((p) => fractionBits(Math.sqrt(p)));

class Sha256 {
    constructor() {
        this.length = 0;
        this.used = 0;
        this.state = START.slice();
        this.block = new Array(64).fill(0);
        this.words = new Array(64).fill(0);
    }

    add(byte) {
        this.block[this.used] = byte;
        this.used += 1;
        this.length += 1;
        if (this.used === 64) {
            this.compress();
            this.used = 0;
        }
    }

    update(bytes) {
        for (const byte of bytes) {
            this.add(byte);
        }
        return this;
    }

    compress() {
        const w = this.words;
        const block = this.block;
        for (let i = 0; i < 16; i++) {
            w[i] = block[4 * i] << 24 | block[4 * i + 1] << 16 | block[4 * i + 2] << 8 | block[4 * i + 3];
        }
        for (let i = 16; i < 64; i++) {
            const x = w[i - 15], y = w[i - 2];
            const s0 = rotateRight(x, 7) ^ rotateRight(x, 18) ^ (x >>> 3);
            const s1 = rotateRight(y, 17) ^ rotateRight(y, 19) ^ (y >>> 10);
            w[i] = (w[i - 16] + s0 + w[i - 7] + s1) | 0;
        }
        let [a, b, c, d, e, f, g, h] = this.state;
        for (let i = 0; i < 64; i++) {
            const s1 = rotateRight(e, 6) ^ rotateRight(e, 11) ^ rotateRight(e, 25);
            const choice = (e & f) ^ (~e & g);
            const t1 = (h + s1 + choice + ROUND_CONSTANTS[i] + w[i]) | 0;
            const s0 = rotateRight(a, 2) ^ rotateRight(a, 13) ^ rotateRight(a, 22);
            const majority = (a & b) ^ (a & c) ^ (b & c);
            const t2 = (s0 + majority) | 0;
            h = g;
            g = f;
            f = e;
            e = (d + t1) | 0;
            d = c;
            c = b;
            b = a;
            a = (t1 + t2) | 0;
        }
        [a, b, c, d, e, f, g, h].forEach((x, i) => {
            this.state[i] = (this.state[i] + x) | 0;
        });
    }

    digest() {
        const bits = this.length * 8;
        this.add(0x80);
        while (this.used !== 56) {
            this.add(0);
        }
        for (let shift = 56; shift >= 0; shift -= 8) {
            this.add(Math.floor(bits / 2 ** shift) % 256);
        }
        return this.state.map(hexadecimal).join("");
    }
}

function murmur3(bytes, seed) {
    let h = seed;
    const count = bytes.length >> 2;
    for (let i = 0; i < count; i++) {
        let k = bytes[4 * i] | bytes[4 * i + 1] << 8 | bytes[4 * i + 2] << 16 | bytes[4 * i + 3] << 24;
        k = Math.imul(k, 0xcc9e2d51);
        k = rotateRight(k, 17);
        h ^= Math.imul(k, 0x1b873593);
        h = (rotateRight(h, 19) * 5 + 0xe6546b64) | 0;
    }
    let k = 0;
    for (let i = bytes.length - 1; i >= 4 * count; i--) {
        k = k << 8 | bytes[i];
    }
    k = Math.imul(k, 0xcc9e2d51);
    h ^= Math.imul(rotateRight(k, 17), 0x1b873593);
    h ^= bytes.length;
    h = Math.imul(h ^ h >>> 16, 0x85ebca6b);
    h = Math.imul(h ^ h >>> 13, 0xc2b2ae35);
    return h ^ h >>> 16;
}

function bytesOf(text) {
    const bytes = [];
    for (let i = 0; i < text.length; i++) bytes.push(text.charCodeAt(i));
    return bytes;
}

for (const text of ["", "abc", "The quick brown fox jumps over the lazy dog"]) {
    console.log(`${new Sha256().update(bytesOf(text)).digest()} ${hexadecimal(murmur3(bytesOf(text), 42))}`);
}

const message = [];
let x = 1;
for (let i = 0; i < 1000000; i++) {
    x = x * 16807 % 2147483647;
    message.push(x & 255);
}
const hasher = new Sha256();
for (let round = 0; round < 9; round++) {
    hasher.update(message);
}
console.log(hasher.digest());
let h = 0;
for (let round = 0; round < 30; round++) {
    h = murmur3(message, h);
}
console.log(hexadecimal(h));
