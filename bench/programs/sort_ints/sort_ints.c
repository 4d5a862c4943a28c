// Sorts 1,000,000 ints from a linear congruential generator.
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
static int compare(const void *p, const void *q) {
    int64_t a = *(const int64_t *)p, b = *(const int64_t *)q;
    return (a > b) - (a < b);
}
int main(void) {
    enum { N = 1000000 };
    int64_t *a = malloc(N * sizeof *a), x = 42, sum = 0;
    for (int i = 0; i < N; i++) a[i] = x = (x * 1103515245 + 12345) % 2147483648;
    qsort(a, N, sizeof *a, compare);
    bool ordered = true;
    for (int i = 1; i < N; i++) {
        if (a[i - 1] > a[i]) ordered = false;
        sum = (sum * 31 + a[i]) % 1000003;
    }
    printf("%s %lld\n", ordered ? "true" : "false", (long long)sum);
}
