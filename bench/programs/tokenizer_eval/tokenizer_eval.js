// A small language of assignments and expressions: tokens from characters, trees from tokens by recursive descent, values
// from trees.

// Sums and products are taken modulo this, so that they stay small.
const MODULUS = 1000003;

// The remainder that has the sign of b.
function modulo(a, b) {
    const rest = a % b;
    return rest !== 0 && (rest < 0) !== (b < 0) ? rest + b : rest + 0;
}

class Token {
    constructor(kind, text, position) {
        this.kind = kind;
        this.text = text;
        this.position = position;
    }
}

function isDigit(c) { return c >= "0" && c <= "9"; }
function isLetter(c) { return c >= "a" && c <= "z" || c >= "A" && c <= "Z" || c === "_"; }

function tokenize(source) {
    const tokens = [], size = source.length;
    let at = 0;
    while (at < size) {
        const c = source[at];
        if (c === " " || c === "\n") {
            at++;
        } else if (isDigit(c)) {
            const start = at;
            while (at < size && isDigit(source[at])) at++;
            tokens.push(new Token("number", source.slice(start, at), start));
        } else if (isLetter(c)) {
            const start = at;
            while (at < size && (isLetter(source[at]) || isDigit(source[at]))) at++;
            tokens.push(new Token("name", source.slice(start, at), start));
        } else if ("+-*/%()=,;<>?:".includes(c)) {
            tokens.push(new Token(c, c, at));
            at++;
        } else {
            throw new Error(`unexpected ${c} at ${at}`);
        }
    }
    tokens.push(new Token("end", "", size));
    return tokens;
}

class Number {
    constructor(value) { this.value = value; }
    eval(env) { return this.value; }
    size() { return 1; }
}

class Name {
    constructor(name) { this.name = name; }

    eval(env) {
        const value = env.get(this.name);
        if (value === undefined) throw new Error(`${this.name} is not defined`);
        return value;
    }

    size() { return 1; }
}

class Negation {
    constructor(operand) { this.operand = operand; }
    eval(env) { return -this.operand.eval(env); }
    size() { return 1 + this.operand.size(); }
}

class Binary {
    constructor(op, left, right) {
        this.op = op;
        this.left = left;
        this.right = right;
    }

    eval(env) {
        const a = this.left.eval(env), b = this.right.eval(env);
        switch (this.op) {
            case "+": return modulo(a + b, MODULUS);
            case "-": return modulo(a - b, MODULUS);
            case "*": return modulo(a * b, MODULUS);
            case "/": return b === 0 ? 0 : Math.floor(a / b);
            case "%": return b === 0 ? 0 : modulo(a, b);
            case "<": return a < b ? 1 : 0;
            case ">": return a > b ? 1 : 0;
        }
    }

    size() { return 1 + this.left.size() + this.right.size(); }
}

class Choice {
    constructor(condition, yes, no) {
        this.condition = condition;
        this.yes = yes;
        this.no = no;
    }

    eval(env) { return this.condition.eval(env) !== 0 ? this.yes.eval(env) : this.no.eval(env); }
    size() { return 1 + this.condition.size() + this.yes.size() + this.no.size(); }
}

class Call {
    constructor(callee, args) {
        this.callee = callee;
        this.args = args;
    }

    eval(env) {
        const values = [];
        for (const argument of this.args) values.push(argument.eval(env));
        return this.callee(values);
    }

    size() {
        let size = 1;
        for (const argument of this.args) size += argument.size();
        return size;
    }
}

class Assignment {
    constructor(name, value) {
        this.name = name;
        this.value = value;
    }

    eval(env) {
        const value = this.value.eval(env);
        env.set(this.name, value);
        return value;
    }

    size() { return 1 + this.value.size(); }
}

const FUNCTIONS = {
    max: values => values.reduce((a, b) => a > b ? a : b),
    min: values => values.reduce((a, b) => a < b ? a : b),
    sum: values => {
        let total = 0;
        for (const value of values) total = modulo(total + value, MODULUS);
        return total;
    },
};

const PRECEDENCE = new Map([["<", 1], [">", 1], ["+", 2], ["-", 2], ["*", 3], ["/", 3], ["%", 3]]);

class Parser {
    constructor(tokens) {
        this.tokens = tokens;
        this.at = 0;
    }

    peek() { return this.tokens[this.at]; }

    next() {
        const token = this.tokens[this.at];
        this.at++;
        return token;
    }

    expect(kind) {
        const token = this.next();
        if (token.kind !== kind) throw new Error(`expected ${kind} at ${token.position}, found ${token.kind}`);
        return token;
    }

    program() {
        const statements = [];
        while (this.peek().kind !== "end") {
            const name = this.expect("name").text;
            this.expect("=");
            statements.push(new Assignment(name, this.expression()));
            this.expect(";");
        }
        return statements;
    }

    expression() {
        const condition = this.binary(1);
        if (this.peek().kind !== "?") return condition;
        this.next();
        const yes = this.expression();
        this.expect(":");
        return new Choice(condition, yes, this.expression());
    }

    binary(least) {
        let left = this.operand();
        for (;;) {
            const precedence = PRECEDENCE.get(this.peek().kind);
            if (precedence === undefined || precedence < least) return left;
            const op = this.next().kind;
            left = new Binary(op, left, this.binary(precedence + 1));
        }
    }

    operand() {
        const token = this.next();
        switch (token.kind) {
            case "number": return new Number(parseInt(token.text, 10));
            case "name":
                if (this.peek().kind !== "(") return new Name(token.text);
                return new Call(FUNCTIONS[token.text], this.arguments());
            case "-": return new Negation(this.operand());
            case "(": {
                const inner = this.expression();
                this.expect(")");
                return inner;
            }
            default: throw new Error(`unexpected ${token.kind} at ${token.position}`);
        }
    }

    arguments() {
        this.expect("(");
        const args = [this.expression()];
        while (this.peek().kind === ",") {
            this.next();
            args.push(this.expression());
        }
        this.expect(")");
        return args;
    }
}

let random = 99;
function nextRandom(n) {
    random = random * 16807 % 2147483647;
    return random % n;
}

function randomExpression(depth) {
    const choice = depth === 0 ? nextRandom(2) : nextRandom(12);
    if (choice === 0) return String(nextRandom(1000));
    if (choice === 1) return `v${nextRandom(20)}`;
    const a = randomExpression(depth - 1), b = randomExpression(depth - 1);
    if (choice === 2) return `-${a}`;
    if (choice === 3) return `(${a} < ${b} ? ${a} : ${b})`;
    if (choice === 4) return `${["max", "min", "sum"][nextRandom(3)]}(${a}, ${b}, ${nextRandom(50)})`;
    return `(${a} ${["+", "-", "*", "/", "%", ">"][nextRandom(6)]} ${b})`;
}

function randomProgram(statements) {
    const lines = [];
    for (let i = 0; i < 20; i++) lines.push(`v${i} = ${nextRandom(100)};`);
    for (let i = 0; i < statements; i++) lines.push(`v${nextRandom(20)} = ${randomExpression(4)};`);
    return lines.join("\n");
}

function run(statements, rounds) {
    const env = new Map();
    let sum = 0;
    for (let round = 0; round < rounds; round++) {
        for (const statement of statements) sum = modulo(sum * 7 + statement.eval(env), MODULUS);
    }
    return sum;
}

for (let round = 0; round < 6; round++) {
    const source = randomProgram(500);
    const tokens = tokenize(source);
    const statements = new Parser(tokens).program();
    let size = 0;
    for (const statement of statements) size += statement.size();
    console.log(source.length, tokens.length, size, run(statements, 15));
}
