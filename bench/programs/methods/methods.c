// 10,000,000 calls of methods through pointers.
#include <stdint.h>
#include <stdio.h>
struct counter;
typedef struct { void (*add)(struct counter *, int64_t); int64_t (*value)(struct counter *); } class;
typedef struct counter { const class *class; int64_t count, step; } counter;
static void add(counter *self, int64_t n) { self->count += n * self->step; }
static int64_t value(counter *self) { return self->count; }
static int64_t twice_value(counter *self) { return value(self) & 0xFFFFFF; }
static const class counter_class = { add, value }, twice_class = { add, twice_value };
__attribute__((noinline)) static int64_t run(counter *a, counter *b, int64_t n) {
    int64_t sum = 0;
    for (int64_t i = 0; i < n; i++) {
        a->class->add(a, i);
        b->class->add(b, i);
        sum = (sum + a->class->value(a) - b->class->value(b)) & 0xFFFFFF;
    }
    return sum;
}
int main(void) {
    counter a = { &counter_class, 0, 3 }, b = { &twice_class, 0, 10 };
    printf("%lld\n", (long long)run(&a, &b, 2500000));
}
