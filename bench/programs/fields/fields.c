// Reads and writes fields of two objects 10,000,000 times each.
#include <stdint.h>
#include <stdio.h>
typedef struct { int64_t x, y, z; } point;
__attribute__((noinline)) static int64_t run(volatile point *p, volatile point *q, int64_t n) {
    for (int64_t i = 0; i < n; i++) {
        p->x = p->x + (i & q->y);
        q->z = q->z + p->x - p->y;
        p->y = (p->y + q->z) & 1023;
    }
    return p->x + q->z + p->y;
}
int main(void) {
    volatile point p = { 0, 1, 2 }, q = { 0, 1, 2 };
    printf("%lld\n", (long long)run(&p, &q, 5000000));
}
