#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

// Products of 200 by 200 matrices of doubles, kept in flat arrays, ten times.
static volatile int64_t size = 200;

static void multiply(const double *a, const double *b, double *c, int64_t n) {
    for (int64_t i = 0; i < n; i++) {
        for (int64_t j = 0; j < n; j++) {
            double s = 0;
            for (int64_t k = 0; k < n; k++) {
                s = s + a[i * n + k] * b[k * n + j];
            }
            c[i * n + j] = s;
        }
    }
}

static double run(int64_t n, int64_t rounds) {
    double *a = malloc(n * n * sizeof *a), *b = malloc(n * n * sizeof *b), *c = malloc(n * n * sizeof *c);
    for (int64_t i = 0; i < n * n; i++) {
        a[i] = (i % 7) * 0.5;
        b[i] = (i % 11) * 0.25;
    }
    double total = 0;
    for (int64_t r = 0; r < rounds; r++) {
        multiply(a, b, c, n);
        a[r] = a[r] + 1.0;
        total = total + c[r * n + r];
    }
    return total;
}

int main(void) {
    printf("%lld\n", (long long)floor(run(size, 10) * 8));
}
