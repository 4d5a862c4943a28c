// Texts that are built piece by piece: a table of measurements as CSV, as a page of HTML and as aligned columns, a template
// that is filled in, and words run through a cipher.
class Builder {
    constructor(indent = "  ") {
        this.parts = [];
        this.indent = indent;
        this.depth = 0;
        this.size = 0;
    }

    add(text) {
        this.parts.push(text);
        this.size += text.length;
        return this;
    }

    line(text) {
        for (let i = 0; i < this.depth; i++) {
            this.add(this.indent);
        }
        return this.add(text).add("\n");
    }

    open(tag) {
        this.line("<" + tag + ">");
        this.depth += 1;
    }

    close(tag) {
        this.depth -= 1;
        this.line("</" + tag + ">");
    }

    build() {
        return this.parts.join("");
    }
}

let state = 42;
function randomBelow(n) {
    state = state * 16807 % 2147483647;
    return state % n;
}

const NAMES = ["alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta"];

function makeRows(count) {
    const rows = [];
    for (let i = 0; i < count; i++) {
        const name = NAMES[randomBelow(NAMES.length)] + "-" + String(randomBelow(1000));
        rows.push([i, name, randomBelow(100000), randomBelow(50)]);
    }
    return rows;
}

function asCsv(rows) {
    let out = "id,name,value,count\n";
    for (const row of rows) {
        out += `${row[0]},${row[1]},${row[2]},${row[3]}\n`;
    }
    return out;
}

function asHtml(rows) {
    const out = new Builder();
    out.open("table");
    for (const row of rows) {
        out.open("tr");
        for (const cell of row) {
            out.line("<td>" + String(cell) + "</td>");
        }
        out.close("tr");
    }
    out.close("table");
    return out.build();
}

function asColumns(rows) {
    const lines = [];
    for (const row of rows) {
        lines.push(String(row[0]).padStart(6) + " " + row[1].padEnd(14, ".") + String(row[2]).padStart(8, "0"));
    }
    return lines.join("\n");
}

// The text with every {key} replaced by what the values say.
function fillIn(template, values) {
    let out = "", key = null;
    for (const c of template) {
        if (c === "{") {
            key = "";
        } else if (c === "}") {
            out += values[key];
            key = null;
        } else if (key !== null) {
            key += c;
        } else {
            out += c;
        }
    }
    return out;
}

function caesar(text, shift) {
    let out = "";
    for (const c of text) {
        if (c >= "a" && c <= "z") {
            out += String.fromCharCode((c.charCodeAt(0) - 97 + shift) % 26 + 97);
        } else {
            out += c;
        }
    }
    return out;
}

function checksum(text) {
    let sum = 0;
    for (let i = 0; i < text.length; i++) {
        sum = (sum * 31 + text.charCodeAt(i)) % 1000003;
    }
    return sum;
}

function report(name, text) {
    console.log(`${name.padEnd(10)} ${text.length} ${checksum(text)}`);
}

const TEMPLATE = "Dear {name}, your measurement {id} gave {value}. Regards, {sender}";
const rows = makeRows(8000);
for (let round = 0; round < 3; round++) {
    report("csv", asCsv(rows));
    report("html", asHtml(rows));
    report("columns", asColumns(rows));
    const letters = new Builder();
    for (const row of rows) {
        const values = { id: String(row[0]), name: row[1], value: String(row[2]), sender: NAMES[row[3] % NAMES.length] };
        letters.line(fillIn(TEMPLATE, values));
    }
    const text = letters.build();
    report("letters", text);
    report("cipher", caesar(text, 3 + round));
}
