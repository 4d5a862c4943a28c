#include <stdint.h>
#include <stdio.h>

#include <stdlib.h>

// a[i] = i + r over 1,000,000 elements, 100 rounds.
static volatile int64_t elements = 1000000, repeats = 100;

static int64_t run(int64_t n, int64_t rounds) {
    int64_t *a = calloc(n, sizeof *a);
    for (int64_t r = 0; r < rounds; r++) {
        for (int64_t i = 0; i < n; i++) {
            a[i] = i + r;
        }
        // Each round's stores are to happen.
        __asm__ volatile("" : : "r"(a) : "memory");
    }
    return a[0] + a[n / 2] + a[n - 1];
}

int main(void) {
    printf("%lld\n", (long long)run(elements, repeats));
}
