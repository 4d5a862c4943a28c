#include <stdint.h>
#include <stdio.h>

// if i < n div 2 then x = x + 1, 100,000,000 times, over globals.
static volatile int64_t rounds = 100000000;
int64_t n, x;

int main(void) {
    n = rounds;
    for (int64_t i = 0; i < n; i++) {
        if (i < n / 2) x = x + 1;
    }
    printf("%lld\n", (long long)x);
}
