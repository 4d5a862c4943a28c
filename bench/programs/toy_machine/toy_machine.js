// A toy machine with a stack, a memory and twenty instructions; an assembler for it; and four programs.
const HALT = 0;
const PUSH = 1;
const POP = 2;
const DUP = 3;
const SWAP = 4;
const ADD = 5;
const SUB = 6;
const MUL = 7;
const DIV = 8;
const MOD = 9;
const LESS = 10;
const LOAD = 11;
const STORE = 12;
const FETCH = 13;
const PUT = 14;
const JUMP = 15;
const JZERO = 16;
const CALL = 17;
const RET = 18;
const PRINT = 19;

const OPCODES = {
    halt: HALT, push: PUSH, pop: POP, dup: DUP, swap: SWAP, add: ADD, sub: SUB, mul: MUL, div: DIV, mod: MOD, less: LESS,
    load: LOAD, store: STORE, fetch: FETCH, put: PUT, jump: JUMP, jzero: JZERO, call: CALL, ret: RET, print: PRINT,
};
const WITH_OPERAND = [PUSH, LOAD, STORE, JUMP, JZERO, CALL];

// Every instruction takes two cells. Labels end with a colon; operands are numbers or labels.
function assemble(text) {
    const code = [], labels = new Map(), missing = [];
    const words = text.split(/\s+/);
    let i = 0;
    while (i < words.length) {
        const word = words[i];
        i += 1;
        if (word.endsWith(":")) {
            labels.set(word.slice(0, -1), code.length);
        } else if (!(word in OPCODES)) {
            throw new Error(`no such instruction: ${word}`);
        } else {
            const op = OPCODES[word];
            code.push(op);
            code.push(0);
            if (WITH_OPERAND.includes(op)) {
                missing.push([code.length - 1, words[i]]);
                i += 1;
            }
        }
    }
    for (const [place, word] of missing) {
        code[place] = labels.has(word) ? labels.get(word) : Number(word);
    }
    return code;
}

class Machine {
    constructor(code) {
        this.code = code;
        this.stack = [];
        this.calls = [];
        this.memory = new Array(4000).fill(0);
        this.output = [];
        this.pc = 0;
        this.steps = 0;
    }

    run() {
        const { code, stack, memory } = this;
        let pc = 0, steps = 0, b;
        loop: for (;;) {
            const op = code[pc], operand = code[pc + 1];
            pc += 2;
            steps += 1;
            switch (op) {
                case HALT: break loop;
                case PUSH: stack.push(operand); break;
                case POP: stack.pop(); break;
                case DUP: stack.push(stack[stack.length - 1]); break;
                case SWAP: {
                    const b = stack.pop(), a = stack.pop();
                    stack.push(b);
                    stack.push(a);
                    break;
                }
                case ADD: b = stack.pop(); stack.push(stack.pop() + b); break;
                case SUB: b = stack.pop(); stack.push(stack.pop() - b); break;
                case MUL: b = stack.pop(); stack.push(stack.pop() * b); break;
                case DIV: b = stack.pop(); stack.push(Math.floor(stack.pop() / b)); break;
                case MOD: b = stack.pop(); stack.push(stack.pop() % b); break;
                case LESS: b = stack.pop(); stack.push(stack.pop() < b ? 1 : 0); break;
                case LOAD: stack.push(memory[operand]); break;
                case STORE: memory[operand] = stack.pop(); break;
                case FETCH: stack.push(memory[stack.pop()]); break;
                case PUT: {
                    const address = stack.pop();
                    memory[address] = stack.pop();
                    break;
                }
                case JUMP: pc = operand; break;
                case JZERO:
                    if (stack.pop() === 0) pc = operand;
                    break;
                case CALL:
                    this.calls.push(pc);
                    pc = operand;
                    break;
                case RET: pc = this.calls.pop(); break;
                case PRINT: this.output.push(stack.pop()); break;
                default: throw new Error(`no such instruction: ${op}`);
            }
        }
        this.pc = pc;
        this.steps = steps;
        return this;
    }
}

// Counts the primes below 3000 with a sieve.
const PRIMES = `push 2 store 0
    outer: load 0 push 3000 less jzero done
    load 0 push 100 add fetch jzero prime jump next
    prime: load 1 push 1 add store 1 load 0 dup add store 2
    inner: load 2 push 3000 less jzero next
    push 1 load 2 push 100 add put load 2 load 0 add store 2 jump inner
    next: load 0 push 1 add store 0 jump outer
    done: load 1 print halt`;

// Finds the longest Collatz sequence that begins below 600.
const COLLATZ = `push 1 store 0
    outer: load 0 push 600 less jzero done push 0 store 1 load 0
    step: dup push 1 swap less jzero end
    load 1 push 1 add store 1 dup push 2 mod jzero even
    push 3 mul push 1 add jump step
    even: push 2 div jump step
    end: pop load 2 load 1 less jzero next load 1 store 2 load 0 store 3
    next: load 0 push 1 add store 0 jump outer
    done: load 3 print load 2 print halt`;

// The 19th Fibonacci number by recursion.
const FIBONACCI = `push 19 call fib print halt
    fib: dup push 2 less jzero more ret
    more: dup push 1 sub call fib swap push 2 sub call fib add ret`;

// Sorts 100 numbers by exchanges of neighbours.
const SORT = `push 1 store 0
    make: load 0 push 101 less jzero sort load 4 push 75 mul push 74 add push 65537 mod store 4
    load 4 load 0 push 100 add put load 0 push 1 add store 0 jump make
    sort: push 100 store 1
    round: push 1 load 1 less jzero show push 1 store 0
    pass: load 0 load 1 less jzero lower
    load 0 push 101 add fetch load 0 push 100 add fetch less jzero keep
    load 0 push 101 add fetch store 2 load 0 push 100 add fetch load 0 push 101 add put
    load 2 load 0 push 100 add put
    keep: load 0 push 1 add store 0 jump pass
    lower: load 1 push 1 sub store 1 jump round
    show: push 101 fetch print push 150 fetch print push 200 fetch print halt`;

let total = 0;
for (let round = 1; round <= 24; round++) {
    for (const text of [PRIMES, COLLATZ, FIBONACCI, SORT]) {
        const machine = new Machine(assemble(text)).run();
        total += machine.steps;
        if (round === 1) console.log(`${machine.output.join(" ")} ${machine.steps}`);
    }
}
console.log(`${total}`);
