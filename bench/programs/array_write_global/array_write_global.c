#include <stdint.h>
#include <stdio.h>

#include <stdlib.h>

// a[i] = i + r over 1,000,000 elements, 100 rounds, at top level over globals.
static volatile int64_t elements = 1000000;
int64_t n, *a;

int main(void) {
    n = elements;
    a = calloc(n, sizeof *a);
    for (int64_t r = 0; r < 100; r++) {
        for (int64_t i = 0; i < n; i++) {
            a[i] = i + r;
        }
        __asm__ volatile("" : : : "memory");
    }
    printf("%lld\n", (long long)(a[0] + a[n / 2] + a[n - 1]));
}
