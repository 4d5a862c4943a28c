#include <math.h>
#include <stdint.h>
#include <stdio.h>

// Five bodies under gravity, 200,000 steps; each body's state at an index of seven arrays.
enum { BODIES = 5 };
static volatile int64_t rounds = 200000;

static double x[BODIES] = {0.0, 4.84, 8.34, 12.89, 15.37};
static double y[BODIES] = {0.0, -1.16, 4.12, -15.11, -25.9};
static double z[BODIES] = {0.0, -0.1, -0.4, -0.22, 0.18};
static double vx[BODIES] = {0.0, 0.6, -1.01, 1.08, 0.97};
static double vy[BODIES] = {0.0, 2.81, 1.82, 0.86, 0.59};
static double vz[BODIES] = {0.0, -0.02, 0.008, -0.01, -0.03};
static double mass[BODIES] = {39.47, 0.037, 0.011, 0.0017, 0.002};

static double energy(void) {
    double e = 0.0;
    for (int i = 0; i < BODIES; i++) {
        e = e + 0.5 * mass[i] * (vx[i] * vx[i] + vy[i] * vy[i] + vz[i] * vz[i]);
        for (int j = i + 1; j < BODIES; j++) {
            double dx = x[i] - x[j];
            double dy = y[i] - y[j];
            double dz = z[i] - z[j];
            e = e - mass[i] * mass[j] / sqrt(dx * dx + dy * dy + dz * dz);
        }
    }
    return e;
}

static void advance(double dt) {
    for (int i = 0; i < BODIES; i++) {
        for (int j = i + 1; j < BODIES; j++) {
            double dx = x[i] - x[j];
            double dy = y[i] - y[j];
            double dz = z[i] - z[j];
            double d2 = dx * dx + dy * dy + dz * dz;
            double mag = dt / (d2 * sqrt(d2));
            double mi = mass[i], mj = mass[j];
            vx[i] = vx[i] - dx * mj * mag;
            vy[i] = vy[i] - dy * mj * mag;
            vz[i] = vz[i] - dz * mj * mag;
            vx[j] = vx[j] + dx * mi * mag;
            vy[j] = vy[j] + dy * mi * mag;
            vz[j] = vz[j] + dz * mi * mag;
        }
    }
    for (int i = 0; i < BODIES; i++) {
        x[i] = x[i] + dt * vx[i];
        y[i] = y[i] + dt * vy[i];
        z[i] = z[i] + dt * vz[i];
    }
}

int main(void) {
    int64_t steps = rounds;
    for (int64_t s = 0; s < steps; s++) {
        advance(0.01);
    }
    printf("%.0f\n", floor(energy() * 1e9));
}
