#include <stdint.h>
#include <stdio.h>

#include <stdlib.h>

// x = x + a[i] over 1,000,000 elements, 100 rounds, at top level over globals.
static volatile int64_t elements = 1000000;
int64_t n, x, *a;

int main(void) {
    n = elements;
    a = malloc(n * sizeof *a);
    for (int64_t i = 0; i < n; i++) {
        a[i] = i * 7 % 1000;
    }
    for (int64_t r = 0; r < 100; r++) {
        __asm__ volatile("" : : : "memory");
        for (int64_t i = 0; i < n; i++) {
            x = x + a[i];
        }
    }
    printf("%lld\n", (long long)x);
}
