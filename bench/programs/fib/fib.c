#include <stdint.h>
#include <stdio.h>

// The 32nd Fibonacci number, by double recursion.
static volatile int64_t which = 32;

static int64_t fib(int64_t n) {
    if (n < 2) {
        return n;
    }
    return fib(n - 1) + fib(n - 2);
}

int main(void) {
    printf("%lld\n", (long long)fib(which));
}
