// Makes 1,000,000 closures on the heap, and calls closures 9,000,000 times.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
typedef struct closure { int64_t (*code)(struct closure *, int64_t); int64_t value; } closure;
static int64_t add_code(closure *self, int64_t x) { return x + self->value; }
static int64_t count_code(closure *self, int64_t by) { return self->value += by; }
static closure *new_closure(int64_t (*code)(closure *, int64_t), int64_t value) {
    closure *made = malloc(sizeof *made);
    *made = (closure){ code, value };
    return made;
}
static closure *(*volatile make)(int64_t (*)(closure *, int64_t), int64_t) = new_closure;
int main(void) {
    closure *count = make(count_code, 0);
    int64_t sum = 0;
    for (int64_t i = 0; i < 1000000; i++) {
        closure *add = make(add_code, i);
        for (int64_t j = 0; j < 4; j++) {
            sum += add->code(add, j);
            count->code(count, j);
        }
        free(add);
    }
    printf("%lld\n", (long long)(sum + count->code(count, 0)));
    free(count);
}
