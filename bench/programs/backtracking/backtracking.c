// Sudoku by backtracking: always fills in the cell with the fewest candidates, and counts the solutions of puzzles that are
// made by taking cells out of a full grid.
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static int64_t state = 2024;
static int64_t random_below(int64_t n) {
    state = state * 16807 % 2147483647;
    return state % n;
}

static void shuffle(int *a, int n) {
    for (int i = n - 1; i >= 1; i--) {
        int j = random_below(i + 1);
        int t = a[i];
        a[i] = a[j];
        a[j] = t;
    }
}

typedef struct {
    int cells[81];
    bool in_row[9][10], in_column[9][10], in_box[9][10];
    int64_t tried;
} sudoku;

static void mark(sudoku *self, int cell, int digit, bool on) {
    int row = cell / 9, column = cell % 9;
    self->in_row[row][digit] = on;
    self->in_column[column][digit] = on;
    self->in_box[row / 3 * 3 + column / 3][digit] = on;
}

static void place(sudoku *self, int cell, int digit) {
    self->cells[cell] = digit;
    mark(self, cell, digit, true);
}

static void take_back(sudoku *self, int cell) {
    mark(self, cell, self->cells[cell], false);
    self->cells[cell] = 0;
}

static bool fits(const sudoku *self, int cell, int digit) {
    int row = cell / 9, column = cell % 9;
    return !(self->in_row[row][digit] || self->in_column[column][digit] || self->in_box[row / 3 * 3 + column / 3][digit]);
}

static int candidates(const sudoku *self, int cell) {
    int count = 0;
    for (int digit = 1; digit <= 9; digit++) {
        if (fits(self, cell, digit)) count++;
    }
    return count;
}

// The empty cell with the fewest candidates, or -1.
static int choose(const sudoku *self) {
    int best = -1, fewest = 10;
    for (int cell = 0; cell < 81; cell++) {
        if (self->cells[cell] == 0) {
            int count = candidates(self, cell);
            if (count < fewest) {
                best = cell;
                fewest = count;
            }
        }
    }
    return best;
}

// How many solutions there are, up to a limit; with `keep`, the first stays on the grid.
static int solve(sudoku *self, int limit, const int *digits, bool keep) {
    int cell = choose(self);
    if (cell == -1) return 1;
    int found = 0;
    for (int i = 0; i < 9; i++) {
        if (fits(self, cell, digits[i])) {
            self->tried++;
            place(self, cell, digits[i]);
            found += solve(self, limit - found, digits, keep);
            if (keep && found > 0) return found;
            take_back(self, cell);
            if (found >= limit) break;
        }
    }
    return found;
}

int main(void) {
    int64_t tried = 0, unique = 0;
    const int ordered[9] = { 1, 2, 3, 4, 5, 6, 7, 8, 9 };
    for (int puzzle = 0; puzzle < 5; puzzle++) {
        sudoku s;
        memset(&s, 0, sizeof s);
        int digits[9], cells[81], removed = 0;
        memcpy(digits, ordered, sizeof digits);
        shuffle(digits, 9);
        solve(&s, 1, digits, true);
        for (int i = 0; i < 81; i++) cells[i] = i;
        shuffle(cells, 81);
        for (int i = 0; i < 81; i++) {
            int digit = s.cells[cells[i]];
            take_back(&s, cells[i]);
            if (solve(&s, 2, ordered, false) == 1) {
                removed++;
            } else {
                place(&s, cells[i], digit);
            }
        }
        unique += 81 - removed;
        tried += s.tried;
        for (int i = 0; i < 81; i++) printf("%d", s.cells[i]);
        printf(" %d %lld\n", 81 - removed, (long long)s.tried);
    }
    printf("%lld %lld\n", (long long)unique, (long long)tried);
}
