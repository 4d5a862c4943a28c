#include <stdint.h>
#include <stdio.h>

// x = x + (i ^ j), then x = x + 1, 10,000 times 10,000 times each, at top level over globals.
static volatile int64_t rounds = 10000;
int64_t n, x;

int main(void) {
    n = rounds;
    for (int64_t i = 0; i < n; i++) {
        for (int64_t j = 0; j < n; j++) {
            x = x + (i ^ j);
        }
    }
    for (int64_t i = 0; i < n; i++) {
        for (int64_t j = 0; j < n; j++) {
            x = x + 1;
        }
    }
    printf("%lld\n", (long long)x);
}
