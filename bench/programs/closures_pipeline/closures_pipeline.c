// Pipelines of functions: generators that are closures, pulled one value at a time through maps, filters and windows; the
// same over arrays with map, filter and reduce; composed and curried functions, memoized ones, and counters.
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

// A function with one captured number.
typedef struct {
    int64_t (*call)(int64_t captured, int64_t x);
    int64_t captured;
} function;

typedef struct source source;
struct source {
    int64_t (*next)(source *self);
    source *from;
    function f[4];
    int64_t count, last;
};

static int64_t call(function f, int64_t x) { return f.call(f.captured, x); }
static int64_t pull(source *s) { return s->next(s); }

static int64_t next_count(source *self) { return self->count++; }

static int64_t next_mapped(source *self) {
    int64_t x = pull(self->from);
    if (x == INT64_MIN) return x;
    for (int64_t i = 0; i < self->count; i++) x = call(self->f[i], x);
    return x;
}

static int64_t next_filtered(source *self) {
    for (;;) {
        int64_t x = pull(self->from);
        if (x == INT64_MIN || call(self->f[0], x)) return x;
    }
}

static int64_t next_taken(source *self) {
    if (self->count == 0) return INT64_MIN;
    self->count--;
    return pull(self->from);
}

static int64_t next_difference(source *self) {
    int64_t x = pull(self->from);
    if (x == INT64_MIN) return x;
    int64_t difference = llabs(x - self->last);
    self->last = x;
    return difference;
}

static int64_t fold(source *s, int64_t start, int64_t (*f)(int64_t, int64_t)) {
    int64_t result = start;
    for (;;) {
        int64_t x = pull(s);
        if (x == INT64_MIN) return result;
        result = f(result, x);
    }
}

static int64_t add(int64_t a, int64_t b) { return a + b; }
static int64_t multiply(int64_t a, int64_t b) { return a * b; }
static int64_t modulo(int64_t m, int64_t x) { return x % m; }
static int64_t larger(int64_t a, int64_t b) { return b > a ? b : a; }
static int64_t is_odd(int64_t unused, int64_t x) { return x % 2 == 1; }
static int64_t is_even(int64_t unused, int64_t x) { return x % 2 == 0; }
static int64_t is_equal(int64_t y, int64_t x) { return x == y; }
static int64_t square(int64_t unused, int64_t x) { return x * x % 10007; }
static int64_t add_modulo(int64_t a, int64_t b) { return (a + b) % 1000003; }

static int64_t sum_of_squares(int64_t count) {
    source numbers = { .next = next_count, .count = 1 };
    source odd = { .next = next_filtered, .from = &numbers, .f = { { is_odd } } };
    source squares = { .next = next_mapped, .from = &odd, .f = { { square } }, .count = 1 };
    source first = { .next = next_taken, .from = &squares, .count = count };
    return fold(&first, 0, add);
}

static int64_t differences(int64_t count) {
    source numbers = { .next = next_count, .count = 0 };
    source values = {
        .next = next_mapped, .from = &numbers, .f = { { multiply, 7919 }, { add, 31 }, { modulo, 1009 } }, .count = 3
    };
    source first = { .next = next_taken, .from = &values, .count = count };
    source steps = { .next = next_difference, .from = &first };
    steps.last = pull(&first);
    return fold(&steps, 0, larger);
}

static int64_t with_arrays(int64_t count) {
    int64_t *numbers = malloc(count * sizeof *numbers), *evens = malloc(count * sizeof *evens);
    const function scaled = { multiply, 3 }, moved = { add, 1 }, even = { is_even }, wanted = { is_equal, 3 * count - 2 };
    for (int64_t i = 0; i < count; i++) numbers[i] = i;
    for (int64_t i = 0; i < count; i++) numbers[i] = call(moved, call(scaled, numbers[i]));
    int64_t kept = 0, total = 0;
    for (int64_t i = 0; i < count; i++) {
        if (call(even, numbers[i])) evens[kept++] = numbers[i];
    }
    for (int64_t i = 0; i < kept; i++) total = add_modulo(total, evens[i]);
    for (int64_t i = 0; i < kept; i++) {
        if (call(wanted, evens[i])) {
            total++;
            break;
        }
    }
    free(numbers);
    free(evens);
    return total;
}

static int64_t *known, collatz_limit, seen;

static int64_t step(int64_t x) { return x % 2 == 0 ? x / 2 : 3 * x + 1; }

static int64_t length(int64_t unused, int64_t n) {
    int64_t x = n % collatz_limit + 1, key = x;
    if (known[key] < 0) {
        int64_t steps = 0;
        while (x != 1) {
            x = step(x);
            steps++;
        }
        seen++;
        known[key] = steps;
    }
    return known[key];
}

static int64_t collatz(int64_t limit) {
    known = malloc((limit + 1) * sizeof *known);
    for (int64_t i = 0; i <= limit; i++) known[i] = -1;
    collatz_limit = limit;
    seen = 0;
    source numbers = { .next = next_count, .count = 1 };
    source lengths = { .next = next_mapped, .from = &numbers, .f = { { length } }, .count = 1 };
    source first = { .next = next_taken, .from = &lengths, .count = 3 * limit };
    int64_t longest = fold(&first, 0, larger);
    free(known);
    return longest;
}

int main(void) {
    for (int64_t round = 1; round <= 5; round++) {
        int64_t longest = collatz(500 * round);
        printf("%lld %lld %lld [%lld, %lld]\n", (long long)sum_of_squares(300000 * round),
            (long long)differences(200000 * round), (long long)with_arrays(40000 * round), (long long)longest,
            (long long)seen);
    }
}
