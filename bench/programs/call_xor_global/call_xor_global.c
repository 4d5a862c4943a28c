#include <stdint.h>
#include <stdio.h>

// x = add_one(x) ^ i, 100,000,000 times, at top level over globals.
static volatile int64_t rounds = 100000000;
int64_t n, x;

static int64_t add_one(int64_t x) {
    return x + 1;
}

int main(void) {
    n = rounds;
    for (int64_t i = 0; i < n; i++) {
        x = add_one(x) ^ i;
    }
    printf("%lld\n", (long long)x);
}
