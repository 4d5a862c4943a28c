#include <stdint.h>
#include <stdio.h>

// x = add_one(x) ^ i, 100,000,000 times.
static volatile int64_t rounds = 100000000;

static int64_t add_one(int64_t x) {
    return x + 1;
}

static int64_t run(int64_t n) {
    int64_t x = 0;
    for (int64_t i = 0; i < n; i++) {
        x = add_one(x) ^ i;
    }
    return x;
}

int main(void) {
    printf("%lld\n", (long long)run(rounds));
}
