#include <stdint.h>
#include <stdio.h>

// Three nested loops over ints, with a branch in the innermost.
static volatile int64_t size = 300;

static int64_t run(int64_t n) {
    int64_t x = 0;
    for (int64_t i = 0; i < n; i++) {
        for (int64_t j = 0; j < n; j++) {
            for (int64_t k = 0; k < n; k++) {
                if ((i + j + k) % 3 == 0) {
                    x = x + i * j - k;
                } else {
                    x = x - 1;
                }
            }
        }
    }
    return x;
}

int main(void) {
    printf("%lld\n", (long long)run(size));
}
