// Puts n queens on a board of n by n so that none attacks another: finds the first solution, counts all of them, and tells
// how many differ when the board is turned or mirrored.
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LARGEST = 32 };

typedef struct board {
    int64_t size;
    bool *columns, *rising, *falling;
    int64_t *queens, length, tries;
    int64_t all, distinct;
} board;

static board *board_new(int64_t size) {
    board *self = calloc(1, sizeof *self);
    self->size = size;
    self->columns = calloc(size, sizeof(bool));
    self->rising = calloc(2 * size - 1, sizeof(bool));
    self->falling = calloc(2 * size - 1, sizeof(bool));
    self->queens = calloc(size, sizeof(int64_t));
    return self;
}

static bool is_free(const board *self, int64_t row, int64_t column) {
    return !self->columns[column] && !self->rising[row + column] && !self->falling[row - column + self->size - 1];
}

static void mark(board *self, int64_t row, int64_t column, bool taken) {
    self->columns[column] = taken;
    self->rising[row + column] = taken;
    self->falling[row - column + self->size - 1] = taken;
}

static void put(board *self, int64_t column) {
    self->tries++;
    mark(self, self->length, column, true);
    self->queens[self->length++] = column;
}

static void take(board *self) {
    int64_t column = self->queens[--self->length];
    mark(self, self->length, column, false);
}

// Calls found with each solution until it gives true; tells whether it did.
static bool solve(board *self, bool (*found)(board *)) {
    int64_t row = self->length;
    if (row == self->size) return found(self);
    for (int64_t column = 0; column < self->size; column++) {
        if (is_free(self, row, column)) {
            put(self, column);
            bool done = solve(self, found);
            take(self);
            if (done) return true;
        }
    }
    return false;
}

static bool show(board *self) {
    for (int64_t row = 0; row < self->size; row++) {
        for (int64_t i = 0; i < self->size; i++) putchar(i == self->queens[row] ? 'Q' : '.');
        putchar('\n');
    }
    return true;
}

static void rotate(const int64_t *queens, int64_t n, int64_t *result) {
    for (int64_t row = 0; row < n; row++) result[queens[row]] = n - 1 - row;
}

static void mirror(const int64_t *queens, int64_t n, int64_t *result) {
    for (int64_t row = 0; row < n; row++) result[row] = queens[n - 1 - row];
}

// Whether a comes before b in the order of dictionaries.
static bool is_before(const int64_t *a, const int64_t *b, int64_t n) {
    for (int64_t i = 0; i < n; i++) {
        if (a[i] != b[i]) return a[i] < b[i];
    }
    return false;
}

// Whether no turned or mirrored form of a solution comes before it.
static bool is_first_form(const int64_t *queens, int64_t n) {
    int64_t form[LARGEST], other[LARGEST];
    memcpy(form, queens, n * sizeof *queens);
    for (int turn = 0; turn < 4; turn++) {
        mirror(form, n, other);
        if (is_before(form, queens, n) || is_before(other, queens, n)) return false;
        rotate(form, n, other);
        memcpy(form, other, n * sizeof *other);
    }
    return true;
}

static bool count(board *self) {
    self->all++;
    if (is_first_form(self->queens, self->size)) self->distinct++;
    return false;
}

static void count_solutions(int64_t size) {
    board *self = board_new(size);
    solve(self, count);
    printf("%lld queens: %lld solutions, %lld distinct, %lld queens put\n", (long long)size, (long long)self->all,
           (long long)self->distinct, (long long)self->tries);
}

int main(void) {
    solve(board_new(20), show);
    for (int64_t size = 4; size <= 12; size++) count_solutions(size);
}
