#include <stdint.h>
#include <stdio.h>

// Points of a 400 by 400 grid that stay in the Mandelbrot set for 100 rounds, and the rounds of the others.
static volatile int64_t grid = 400;

static int64_t mandelbrot(int64_t size, int64_t limit) {
    int64_t total = 0;
    for (int64_t py = 0; py < size; py++) {
        double ci = 2.0 * py / size - 1.0;
        for (int64_t px = 0; px < size; px++) {
            double cr = 2.0 * px / size - 1.5;
            double zr = 0.0, zi = 0.0;
            int64_t i = 0;
            while (i < limit && zr * zr + zi * zi <= 4.0) {
                double t = zr * zr - zi * zi + cr;
                zi = 2.0 * zr * zi + ci;
                zr = t;
                i = i + 1;
            }
            total = total + i;
        }
    }
    return total;
}

int main(void) {
    printf("%lld\n", (long long)mandelbrot(grid, 100));
}
