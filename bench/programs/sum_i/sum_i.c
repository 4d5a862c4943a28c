#include <stdint.h>
#include <stdio.h>

// x = x + i, 100,000,000 times. The count is volatile, so that it is not known when compiling.
static volatile int64_t rounds = 100000000;

static int64_t run(int64_t n) {
    int64_t x = 0;
    for (int64_t i = 0; i < n; i++) {
        x = x + i;
    }
    return x;
}

int main(void) {
    printf("%lld\n", (long long)run(rounds));
}
