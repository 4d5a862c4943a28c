// Spectral norm: the largest singular value of the infinite matrix 1, 1/2, 1/3, 1/4, ... (cut to n rows and
// columns) by the power method, and how fast the method gets there.
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static double at(int64_t i, int64_t j) {
    return 1.0 / (double)((i + j) * (i + j + 1) / 2 + i + 1);
}

static void times(int64_t n, const double *v, double *result) {
    for (int64_t i = 0; i < n; i++) {
        double sum = 0.0;
        for (int64_t j = 0; j < n; j++) sum += at(i, j) * v[j];
        result[i] = sum;
    }
}

static void transposed_times(int64_t n, const double *v, double *result) {
    for (int64_t i = 0; i < n; i++) {
        double sum = 0.0;
        for (int64_t j = 0; j < n; j++) sum += at(j, i) * v[j];
        result[i] = sum;
    }
}

static double dot(int64_t n, const double *a, const double *b) {
    double sum = 0.0;
    for (int64_t i = 0; i < n; i++) sum += a[i] * b[i];
    return sum;
}

static double normalize(int64_t n, double *v) {
    double length = sqrt(dot(n, v, v));
    for (int64_t i = 0; i < n; i++) v[i] /= length;
    return length;
}

static double spectral_norm(int64_t n, int rounds, double *history) {
    double *u = malloc(n * sizeof *u), *v = malloc(n * sizeof *v), *between = malloc(n * sizeof *between);
    for (int64_t i = 0; i < n; i++) {
        u[i] = 1.0;
        v[i] = between[i] = 0.0;
    }
    for (int round = 0; round < rounds; round++) {
        times(n, u, between);
        transposed_times(n, between, v);
        times(n, v, between);
        transposed_times(n, between, u);
        history[round] = sqrt(dot(n, u, v) / dot(n, v, v));
        normalize(n, u);
    }
    free(u);
    free(v);
    free(between);
    return history[rounds - 1];
}

int main(void) {
    static const int64_t sizes[] = { 100, 200, 400, 800, 1600 };
    for (int k = 0; k < 5; k++) {
        double history[12];
        double norm = spectral_norm(sizes[k], 12, history);
        int needed = 0;
        while (fabs(history[needed] - norm) > 1e-6) needed++;
        printf("%d %.9f %.9f %d\n", (int)sizes[k], norm, history[0], needed);
    }
}
