// Orders are parsed and booked. Much of the input is wrong: parsers and accounts throw, some errors are caught where they
// occur, some a few calls up, some are turned into others, and finally keeps the books.
class ParseError extends Error {
    constructor(message, position) {
        super(message);
        this.kind = "parse";
        this.position = position;
    }
}

class InsufficientFunds extends Error {
    constructor(missing) {
        super("insufficient funds");
        this.kind = "funds";
        this.missing = missing;
    }
}

let state = 42;
function randomBelow(n) {
    state = state * 16807 % 2147483647;
    return state % n;
}

class Scanner {
    constructor(codes) {
        this.codes = codes;
        this.position = 0;
    }

    peek() {
        if (this.position === this.codes.length) {
            throw new ParseError("unexpected end", this.position);
        }
        return this.codes[this.position];
    }

    number() {
        const start = this.position;
        let n = 0;
        while (this.position < this.codes.length && this.peek() < 10) {
            n = n * 10 + this.peek();
            this.position += 1;
        }
        if (this.position === start) throw new ParseError("not a number", start);
        return n;
    }

    expect(code) {
        if (this.peek() !== code) throw new ParseError("unexpected sign", this.position);
        this.position += 1;
    }
}

class Account {
    constructor() {
        this.balance = 1000;
        this.open = 0;
        this.refused = 0;
    }

    withdraw(amount) {
        if (amount > this.balance) throw new InsufficientFunds(amount - this.balance);
        this.balance -= amount;
    }

    book(amount) {
        this.open += 1;
        try {
            this.withdraw(amount);
        } catch (e) {
            this.refused += 1;
            throw e;
        } finally {
            this.open -= 1;
        }
    }
}

const COLON = 10;
const MINUS = 11;

// "number:number", with a mistake in every third or so
function makeOrder() {
    const codes = [];
    for (let i = 1 + randomBelow(2); i > 0; i--) codes.push(randomBelow(10));
    codes.push(COLON);
    for (let i = 1 + randomBelow(3); i > 0; i--) codes.push(randomBelow(10));
    switch (randomBelow(10)) {
        case 0: codes[0] = MINUS; break;
        case 1: codes.pop(); break;
        case 2: codes[randomBelow(codes.length)] = COLON; break;
        default: codes.push(MINUS);
    }
    return codes;
}

function parseOrder(codes) {
    const scanner = new Scanner(codes);
    const number = scanner.number();
    scanner.expect(COLON);
    const amount = scanner.number();
    scanner.expect(MINUS);
    return [number, amount];
}

const accounts = [];
for (let i = 0; i < 60; i++) accounts.push(new Account());
const orders = [];
for (let i = 0; i < 5000; i++) orders.push(makeOrder());

const counts = { booked: 0, parse: 0, funds: 0, index: 0 };
let missing = 0, positions = 0;

function process(codes) {
    const [number, amount] = parseOrder(codes);
    if (number >= accounts.length) {
        const e = new Error("no such account");
        e.kind = "index";
        throw e;
    }
    accounts[number].book(amount);
    if (accounts[number].balance < 50) accounts[number].balance += 400;
}

for (let round = 0; round < 60; round++) {
    for (const codes of orders) {
        try {
            process(codes);
            counts.booked += 1;
        } catch (e) {
            counts[e.kind] += 1;
            if (e instanceof ParseError) {
                positions += e.position;
            } else if (e instanceof InsufficientFunds) {
                missing += e.missing;
            }
        }
    }
}
console.log(`${counts.booked} ${counts.parse} ${counts.funds} ${counts.index} ${missing} ${positions}`);

let balance = 0, refused = 0, open = 0;
for (const account of accounts) {
    balance += account.balance;
    refused += account.refused;
    open += account.open;
}
console.log(`${balance} ${refused} ${open}`);
