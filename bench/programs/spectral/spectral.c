#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

// The spectral norm of an infinite matrix, cut to 300 by 300.
static volatile int64_t size = 300;

static double a(int64_t i, int64_t j) {
    return 1.0 / ((i + j) * (i + j + 1) / 2 + i + 1);
}

static void multiply(const double *v, double *out, int64_t n) {
    for (int64_t i = 0; i < n; i++) {
        double s = 0.0;
        for (int64_t j = 0; j < n; j++) {
            s = s + a(i, j) * v[j];
        }
        out[i] = s;
    }
}

static void multiply_transposed(const double *v, double *out, int64_t n) {
    for (int64_t i = 0; i < n; i++) {
        double s = 0.0;
        for (int64_t j = 0; j < n; j++) {
            s = s + a(j, i) * v[j];
        }
        out[i] = s;
    }
}

static double run(int64_t n) {
    double *u = malloc(n * sizeof *u), *v = malloc(n * sizeof *v), *t = malloc(n * sizeof *t);
    for (int64_t i = 0; i < n; i++) {
        u[i] = 1.0;
    }
    for (int round = 0; round < 10; round++) {
        multiply(u, t, n);
        multiply_transposed(t, v, n);
        multiply(v, t, n);
        multiply_transposed(t, u, n);
    }
    double vbv = 0.0, vv = 0.0;
    for (int64_t i = 0; i < n; i++) {
        vbv = vbv + u[i] * v[i];
        vv = vv + v[i] * v[i];
    }
    return sqrt(vbv / vv);
}

int main(void) {
    printf("%.0f\n", floor(run(size) * 1e9));
}
