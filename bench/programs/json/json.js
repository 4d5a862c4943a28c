// Makes a document, prints it as JSON, parses that, and goes on with what was parsed, by code of its own.

function isDigit(c) { return c >= "0" && c <= "9"; }

class Parser {
    constructor(text) {
        this.text = text;
        this.at = 0;
    }

    fail(what) { throw new Error(`${what} at ${this.at}`); }

    peek() { return this.at < this.text.length ? this.text[this.at] : ""; }

    skipSpace() {
        while (this.at < this.text.length && " \n\t\r".includes(this.text[this.at])) this.at++;
    }

    expect(c) {
        this.skipSpace();
        if (this.peek() !== c) this.fail(`expected ${c}`);
        this.at++;
    }

    parse() {
        const value = this.value();
        this.skipSpace();
        if (this.at < this.text.length) this.fail("expected the end");
        return value;
    }

    value() {
        this.skipSpace();
        const c = this.peek();
        if (c === "{") return this.object();
        if (c === "[") return this.array();
        if (c === '"') return this.string();
        if (c === "-" || isDigit(c)) return this.number();
        if (c === "t") return this.word("true", true);
        if (c === "f") return this.word("false", false);
        if (c === "n") return this.word("null", null);
        this.fail("expected a value");
    }

    word(word, value) {
        for (const c of word) {
            if (this.peek() !== c) this.fail(`expected ${word}`);
            this.at++;
        }
        return value;
    }

    number() {
        let sign = 1;
        if (this.peek() === "-") {
            sign = -1;
            this.at++;
        }
        if (!isDigit(this.peek())) this.fail("expected a digit");
        let n = 0;
        while (isDigit(this.peek())) {
            n = n * 10 + this.peek().charCodeAt(0) - "0".charCodeAt(0);
            this.at++;
        }
        if (this.peek() === ".") {
            this.at++;
            let scale = 1;
            while (isDigit(this.peek())) {
                n = n * 10 + this.peek().charCodeAt(0) - "0".charCodeAt(0);
                scale *= 10;
                this.at++;
            }
            return sign * n / scale;
        }
        return sign * n;
    }

    string() {
        this.expect('"');
        const parts = [];
        for (;;) {
            const c = this.peek();
            this.at++;
            if (c === '"') {
                return parts.join("");
            } else if (c === "\\") {
                const escaped = this.peek();
                this.at++;
                if (escaped === "n") {
                    parts.push("\n");
                } else if (escaped === "t") {
                    parts.push("\t");
                } else {
                    parts.push(escaped);
                }
            } else if (c === "") {
                this.fail("a string has no end");
            } else {
                parts.push(c);
            }
        }
    }

    array() {
        this.expect("[");
        const items = [];
        this.skipSpace();
        if (this.peek() === "]") {
            this.at++;
            return items;
        }
        for (;;) {
            items.push(this.value());
            this.skipSpace();
            if (this.peek() !== ",") break;
            this.at++;
        }
        this.expect("]");
        return items;
    }

    object() {
        this.expect("{");
        const fields = new Map();
        this.skipSpace();
        if (this.peek() === "}") {
            this.at++;
            return fields;
        }
        for (;;) {
            this.skipSpace();
            const key = this.string();
            this.expect(":");
            fields.set(key, this.value());
            this.skipSpace();
            if (this.peek() !== ",") break;
            this.at++;
        }
        this.expect("}");
        return fields;
    }
}

class Printer {
    constructor() { this.parts = []; }

    string(text) {
        this.parts.push('"');
        for (const c of text) {
            switch (c) {
                case '"': this.parts.push('\\"'); break;
                case "\\": this.parts.push("\\\\"); break;
                case "\n": this.parts.push("\\n"); break;
                case "\t": this.parts.push("\\t"); break;
                default: this.parts.push(c);
            }
        }
        this.parts.push('"');
    }

    value(value) {
        if (value === null) {
            this.parts.push("null");
        } else if (typeof value === "string") {
            this.string(value);
        } else if (Array.isArray(value)) {
            this.parts.push("[");
            for (let i = 0; i < value.length; i++) {
                if (i > 0) this.parts.push(",");
                this.value(value[i]);
            }
            this.parts.push("]");
        } else if (value instanceof Map) {
            this.parts.push("{");
            const keys = [...value.keys()].sort();
            for (let i = 0; i < keys.length; i++) {
                if (i > 0) this.parts.push(",");
                this.string(keys[i]);
                this.parts.push(":");
                this.value(value.get(keys[i]));
            }
            this.parts.push("}");
        } else {
            this.parts.push(String(value));
        }
    }

    text() { return this.parts.join(""); }
}

function toJson(value) {
    const printer = new Printer();
    printer.value(value);
    return printer.text();
}

let random = 11;
function nextRandom(n) {
    random = random * 16807 % 2147483647;
    return random % n;
}

const WORDS = ["alpha", "beta", 'gamma "quoted"', "back\\slash", "two\nlines", "tab\there", "omega"];

function makeRecord(id) {
    const tags = [];
    for (let i = nextRandom(5); i > 0; i--) tags.push(WORDS[nextRandom(WORDS.length)]);
    return new Map([
        ["id", id],
        ["name", WORDS[nextRandom(WORDS.length)] + " " + String(nextRandom(1000))],
        ["price", nextRandom(100000) / 8 + 0.0625],
        ["balance", nextRandom(2000000) - 1000000],
        ["active", nextRandom(2) === 1],
        ["parent", null],
        ["tags", tags],
        ["position", new Map([["x", nextRandom(640)], ["y", nextRandom(480)]])],
    ]);
}

// The sum of all ints in a value, and of the lengths of all its strings.
function weigh(value) {
    if (typeof value === "number") return Number.isInteger(value) ? value : 0;
    if (typeof value === "string") return value.length;
    let sum = 0;
    if (Array.isArray(value)) {
        for (const item of value) sum += weigh(item);
    } else if (value instanceof Map) {
        for (const [key, item] of value) sum += key.length + weigh(item);
    }
    return sum;
}

function checksum(text) {
    let sum = 0;
    for (let i = 0; i < text.length; i++) sum = (sum * 31 + text.charCodeAt(i)) % 1000000007;
    return sum;
}

const records = [];
for (let id = 0; id < 1000; id++) records.push(makeRecord(id));
let text = toJson(records);
console.log(text.length, checksum(text));
let weight = 0;
for (let round = 0; round < 10; round++) {
    const parsed = new Parser(text).parse();
    weight += weigh(parsed);
    const again = toJson(parsed);
    if (again !== text) console.log("what was parsed prints differently");
    for (const record of parsed) record.set("balance", record.get("balance") + 1);
    text = toJson(parsed);
}
console.log(weight, text.length, checksum(text));
try {
    new Parser('{"a": [1, 2,, 3]}').parse();
} catch (e) {
    console.log("error:", e.message);
}
