// Puts n queens on a board of n by n so that none attacks another: finds the first solution, counts all of them, and tells
// how many differ when the board is turned or mirrored.

class Board {
    constructor(size) {
        this.size = size;
        this.columns = new Array(size).fill(false);
        this.rising = new Array(2 * size - 1).fill(false);
        this.falling = new Array(2 * size - 1).fill(false);
        this.queens = [];
        this.tries = 0;
    }

    isFree(row, column) {
        return !this.columns[column] && !this.rising[row + column] && !this.falling[row - column + this.size - 1];
    }

    mark(row, column, taken) {
        this.columns[column] = taken;
        this.rising[row + column] = taken;
        this.falling[row - column + this.size - 1] = taken;
    }

    put(column) {
        this.tries++;
        this.mark(this.queens.length, column, true);
        this.queens.push(column);
    }

    take() {
        const column = this.queens.pop();
        this.mark(this.queens.length, column, false);
    }

    // Calls found with each solution until it gives true; tells whether it did.
    solve(found) {
        const row = this.queens.length;
        if (row === this.size) return found(this.queens);
        for (let column = 0; column < this.size; column++) {
            if (this.isFree(row, column)) {
                this.put(column);
                const done = this.solve(found);
                this.take();
                if (done) return true;
            }
        }
        return false;
    }
}

function show(queens) {
    for (const column of queens) {
        let line = "";
        for (let i = 0; i < queens.length; i++) line += i === column ? "Q" : ".";
        console.log(line);
    }
}

function rotated(queens) {
    const n = queens.length, result = new Array(n).fill(0);
    for (let row = 0; row < n; row++) result[queens[row]] = n - 1 - row;
    return result;
}

function mirrored(queens) { return queens.slice().reverse(); }

// Whether a comes before b in the order of dictionaries.
function isBefore(a, b) {
    for (let i = 0; i < a.length; i++) {
        if (a[i] !== b[i]) return a[i] < b[i];
    }
    return false;
}

// Whether no turned or mirrored form of a solution comes before it.
function isFirstForm(queens) {
    let form = queens;
    for (let turn = 0; turn < 4; turn++) {
        if (isBefore(form, queens) || isBefore(mirrored(form), queens)) return false;
        form = rotated(form);
    }
    return true;
}

function firstSolution(size) {
    new Board(size).solve(queens => {
        show(queens);
        return true;
    });
}

function countSolutions(size) {
    const board = new Board(size);
    let all = 0, distinct = 0;
    board.solve(queens => {
        all++;
        if (isFirstForm(queens)) distinct++;
        return false;
    });
    console.log(`${size} queens: ${all} solutions, ${distinct} distinct, ${board.tries} queens put`);
}

firstSolution(20);
for (let size = 4; size <= 12; size++) countSolutions(size);
