#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

// The primes below 5,000,000, by the sieve of Eratosthenes, three times.
static volatile int64_t limit = 5000000;

static int64_t sieve(int64_t n) {
    bool *composite = calloc(n, sizeof *composite);
    int64_t count = 0;
    for (int64_t i = 2; i < n; i++) {
        if (!composite[i]) {
            count = count + 1;
            for (int64_t j = i * i; j < n; j += i) {
                composite[j] = true;
            }
        }
    }
    free(composite);
    return count;
}

int main(void) {
    int64_t total = 0;
    for (int round = 0; round < 3; round++) {
        total = total + sieve(limit);
    }
    printf("%lld\n", (long long)total);
}
