#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

// Quicksort of 500,000 pseudo-random ints, and a checksum of the order.
static volatile int64_t size = 500000;

static void quicksort(int64_t *a, int64_t low, int64_t high) {
    while (low < high) {
        int64_t pivot = a[(low + high) / 2];
        int64_t i = low, j = high;
        while (i <= j) {
            while (a[i] < pivot) i = i + 1;
            while (a[j] > pivot) j = j - 1;
            if (i <= j) {
                int64_t t = a[i];
                a[i] = a[j];
                a[j] = t;
                i = i + 1;
                j = j - 1;
            }
        }
        if (j - low < high - i) {
            quicksort(a, low, j);
            low = i;
        } else {
            quicksort(a, i, high);
            high = j;
        }
    }
}

static int64_t run(int64_t n) {
    int64_t *a = malloc(n * sizeof *a);
    int64_t seed = 42;
    for (int64_t i = 0; i < n; i++) {
        seed = seed * 16807 % 2147483647;
        a[i] = seed;
    }
    quicksort(a, 0, n - 1);
    int64_t sum = 0;
    for (int64_t i = 0; i < n; i++) {
        sum = (sum * 31 + a[i]) % 1000000007;
    }
    return sum;
}

int main(void) {
    printf("%lld\n", (long long)run(size));
}
