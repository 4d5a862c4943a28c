#include <stdint.h>
#include <stdio.h>

// x = x + i * 0.5, 100,000,000 times.
static volatile int64_t rounds = 100000000;

static double run(int64_t n) {
    double x = 0;
    for (int64_t i = 0; i < n; i++) {
        x = x + i * 0.5;
    }
    return x;
}

int main(void) {
    printf("%lld\n", (long long)run(rounds));
}
