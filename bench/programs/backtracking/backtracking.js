// Sudoku by backtracking: always fills in the cell with the fewest candidates, and counts the solutions of puzzles that are
// made by taking cells out of a full grid.
let state = 2024;
function randomBelow(n) {
    state = state * 16807 % 2147483647;
    return state % n;
}

function range(first, end) {
    const a = [];
    for (let i = first; i < end; i++) a.push(i);
    return a;
}

function shuffle(a) {
    for (let i = a.length - 1; i >= 1; i--) {
        const j = randomBelow(i + 1);
        [a[i], a[j]] = [a[j], a[i]];
    }
    return a;
}

class Sudoku {
    constructor() {
        this.cells = new Array(81).fill(0);
        this.inRow = [];
        this.inColumn = [];
        this.inBox = [];
        for (let i = 0; i < 9; i++) {
            this.inRow.push(new Array(10).fill(false));
            this.inColumn.push(new Array(10).fill(false));
            this.inBox.push(new Array(10).fill(false));
        }
        this.tried = 0;
    }

    mark(cell, digit, on) {
        const row = Math.floor(cell / 9), column = cell % 9;
        this.inRow[row][digit] = on;
        this.inColumn[column][digit] = on;
        this.inBox[Math.floor(row / 3) * 3 + Math.floor(column / 3)][digit] = on;
    }

    place(cell, digit) {
        this.cells[cell] = digit;
        this.mark(cell, digit, true);
    }

    takeBack(cell) {
        this.mark(cell, this.cells[cell], false);
        this.cells[cell] = 0;
    }

    fits(cell, digit) {
        const row = Math.floor(cell / 9), column = cell % 9;
        return !(this.inRow[row][digit] || this.inColumn[column][digit]
            || this.inBox[Math.floor(row / 3) * 3 + Math.floor(column / 3)][digit]);
    }

    candidates(cell) {
        let count = 0;
        for (let digit = 1; digit <= 9; digit++) {
            if (this.fits(cell, digit)) count += 1;
        }
        return count;
    }

    // The empty cell with the fewest candidates, or -1.
    choose() {
        let best = -1, fewest = 10;
        for (let cell = 0; cell < 81; cell++) {
            if (this.cells[cell] === 0) {
                const count = this.candidates(cell);
                if (count < fewest) {
                    best = cell;
                    fewest = count;
                }
            }
        }
        return best;
    }

    // How many solutions there are, up to a limit; with `keep`, the first stays on the grid.
    solve(limit, digits, keep = false) {
        const cell = this.choose();
        if (cell === -1) return 1;
        let found = 0;
        for (const digit of digits) {
            if (this.fits(cell, digit)) {
                this.tried += 1;
                this.place(cell, digit);
                found += this.solve(limit - found, digits, keep);
                if (keep && found > 0) return found;
                this.takeBack(cell);
                if (found >= limit) break;
            }
        }
        return found;
    }

    toString() {
        return this.cells.join("");
    }
}

let tried = 0, unique = 0;
for (let puzzle = 0; puzzle < 5; puzzle++) {
    const sudoku = new Sudoku();
    sudoku.solve(1, shuffle(range(1, 10)), true);
    let removed = 0;
    for (const cell of shuffle(range(0, 81))) {
        const digit = sudoku.cells[cell];
        sudoku.takeBack(cell);
        if (sudoku.solve(2, range(1, 10)) === 1) {
            removed += 1;
        } else {
            sudoku.place(cell, digit);
        }
    }
    unique += 81 - removed;
    tried += sudoku.tried;
    console.log(`${sudoku} ${81 - removed} ${sudoku.tried}`);
}
console.log(`${unique} ${tried}`);
