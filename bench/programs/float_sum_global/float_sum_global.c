#include <stdint.h>
#include <stdio.h>

// x = x + i * 0.5, 100,000,000 times, at top level over globals.
static volatile int64_t rounds = 100000000;
int64_t n;
double x;

int main(void) {
    n = rounds;
    for (int64_t i = 0; i < n; i++) {
        x = x + i * 0.5;
    }
    printf("%lld\n", (long long)x);
}
