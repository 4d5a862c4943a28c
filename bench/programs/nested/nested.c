#include <stdint.h>
#include <stdio.h>

// x = x + (i ^ j), then x = x + 1, 10,000 times 10,000 times each.
static volatile int64_t rounds = 10000;

static int64_t run(int64_t n) {
    int64_t x = 0;
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
    return x;
}

int main(void) {
    printf("%lld\n", (long long)run(rounds));
}
