// Permutations in several ways: by recursion with swaps, in lexicographic order, by rank and back; their cycles, inversions
// and fixed points, and how they compose.
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 9 };

typedef struct {
    int64_t count, fixed_points, even;
    int64_t inversions[64], cycles[MOST + 1];
} statistics;

static int64_t count_inversions(const int64_t *p, int64_t n) {
    int64_t count = 0;
    for (int64_t i = 0; i < n; i++) {
        for (int64_t j = i + 1; j < n; j++) {
            if (p[i] > p[j]) count++;
        }
    }
    return count;
}

static int64_t count_cycles(const int64_t *p, int64_t n) {
    bool seen[MOST] = { false };
    int64_t count = 0;
    for (int64_t start = 0; start < n; start++) {
        if (!seen[start]) {
            count++;
            int64_t i = start;
            while (!seen[i]) {
                seen[i] = true;
                i = p[i];
            }
        }
    }
    return count;
}

static void add(void *data, const int64_t *p, int64_t n) {
    statistics *self = data;
    self->count++;
    for (int64_t i = 0; i < n; i++) {
        if (p[i] == i) self->fixed_points++;
    }
    self->inversions[count_inversions(p, n)]++;
    int64_t cycles = count_cycles(p, n);
    self->cycles[cycles]++;
    if ((n - cycles) % 2 == 0) self->even++;
}

static void swap(int64_t *p, int64_t i, int64_t j) {
    int64_t t = p[i];
    p[i] = p[j];
    p[j] = t;
}

static void permute(int64_t *p, int64_t n, int64_t k, void (*visit)(void *, const int64_t *, int64_t), void *data) {
    if (k == n) {
        visit(data, p, n);
        return;
    }
    for (int64_t i = k; i < n; i++) {
        swap(p, k, i);
        permute(p, n, k + 1, visit, data);
        swap(p, k, i);
    }
}

// Goes on to the next one in lexicographic order; false after the last.
static bool next_permutation(int64_t *p, int64_t n) {
    int64_t i = n - 2;
    while (i >= 0 && p[i] > p[i + 1]) i--;
    if (i < 0) return false;
    int64_t j = n - 1;
    while (p[j] < p[i]) j--;
    swap(p, i, j);
    int64_t low = i + 1, high = n - 1;
    while (low < high) swap(p, low++, high--);
    return true;
}

static int64_t factorial(int64_t n) { return n < 2 ? 1 : n * factorial(n - 1); }

static int64_t rank(const int64_t *p, int64_t n) {
    int64_t result = 0;
    for (int64_t i = 0; i < n; i++) {
        int64_t smaller = 0;
        for (int64_t j = i + 1; j < n; j++) {
            if (p[j] < p[i]) smaller++;
        }
        result += smaller * factorial(n - 1 - i);
    }
    return result;
}

static int64_t *range(int64_t n) {
    int64_t *a = malloc(n * sizeof *a);
    for (int64_t i = 0; i < n; i++) a[i] = i;
    return a;
}

static int64_t *unrank(int64_t r, int64_t n) {
    int64_t *left = range(n), *p = malloc(n * sizeof *p);
    for (int64_t i = n - 1; i >= 0; i--) {
        int64_t f = factorial(i), at = r / f;
        p[n - 1 - i] = left[at];
        memmove(left + at, left + at + 1, (i - at) * sizeof *left);
        r %= f;
    }
    free(left);
    return p;
}

static int64_t *compose(const int64_t *p, const int64_t *q, int64_t n) {
    int64_t *result = malloc(n * sizeof *result);
    for (int64_t i = 0; i < n; i++) result[i] = p[q[i]];
    return result;
}

static bool is_identity(const int64_t *p, int64_t n) {
    for (int64_t i = 0; i < n; i++) {
        if (p[i] != i) return false;
    }
    return true;
}

static int64_t order(const int64_t *p, int64_t n) {
    int64_t *power = malloc(n * sizeof *power), count = 1;
    memcpy(power, p, n * sizeof *power);
    while (!is_identity(power, n)) {
        int64_t *next = compose(p, power, n);
        free(power);
        power = next;
        count++;
    }
    free(power);
    return count;
}

int main(void) {
    for (int64_t n = 6; n <= 8; n++) {
        statistics s = { 0 };
        int64_t *p = range(n);
        permute(p, n, 0, add, &s);
        free(p);
        printf("%lld %lld %lld ", (long long)s.count, (long long)s.fixed_points, (long long)s.even);
        for (int64_t c = 1; c <= n; c++) printf(c < n ? "%lld," : "%lld ", (long long)s.cycles[c]);
        int64_t most = n * (n - 1) / 2;
        for (int64_t i = 0; i <= most; i++) printf(i < most ? "%lld," : "%lld\n", (long long)s.inversions[i]);
    }
    int64_t *p = range(9), checksum = 0, number = 0;
    do {
        checksum = (checksum * 31 + p[number % 9] * 7 + p[0]) % 1000003;
        number++;
    } while (next_permutation(p, 9));
    printf("%lld %lld\n", (long long)number, (long long)checksum);
    int64_t wrong = 0, orders = 0;
    for (int64_t r = 0; r < factorial(9); r += 3) {
        int64_t *q = unrank(r, 9);
        if (rank(q, 9) != r) wrong++;
        if (r % 5 == 0) orders += order(q, 9);
        free(q);
    }
    printf("%lld %lld\n", (long long)wrong, (long long)orders);
}
