// Sorts 200,000 pairs by a function of the program.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
typedef struct { int64_t key, index; } pair;
static int compare(const void *left, const void *right) {
    const pair *p = left, *q = right;
    if (p->key != q->key) return p->key < q->key ? -1 : 1;
    return p->index < q->index ? -1 : 1;
}
int main(void) {
    enum { N = 200000 };
    pair *a = malloc(N * sizeof *a);
    int64_t x = 42, sum = 0;
    for (int i = 0; i < N; i++) {
        x = (x * 1103515245 + 12345) % 2147483648;
        a[i] = (pair){ x % 1000, i };
    }
    qsort(a, N, sizeof *a, compare);
    for (int i = 0; i < N; i++) sum = (sum * 31 + a[i].key * 7 + a[i].index) % 1000003;
    printf("%lld\n", (long long)sum);
}
