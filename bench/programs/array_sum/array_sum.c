#include <stdint.h>
#include <stdio.h>

#include <stdlib.h>

// x = x + a[i] over 1,000,000 elements, 100 rounds.
static volatile int64_t elements = 1000000, repeats = 100;

static int64_t run(int64_t n, int64_t rounds) {
    volatile int64_t *a = malloc(n * sizeof *a);
    for (int64_t i = 0; i < n; i++) {
        a[i] = i * 7 % 1000;
    }
    int64_t x = 0;
    for (int64_t r = 0; r < rounds; r++) {
        // Read as ordinary memory, but anew each round.
        int64_t *b = (int64_t *)a;
        __asm__ volatile("" : : "r"(b) : "memory");
        for (int64_t i = 0; i < n; i++) {
            x = x + b[i];
        }
    }
    return x;
}

int main(void) {
    printf("%lld\n", (long long)run(elements, repeats));
}
