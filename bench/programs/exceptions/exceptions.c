// Jumps 500,000 times out of called functions, among 3,000,000 calls that do not.
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
static jmp_buf handler;
static const char *message;
__attribute__((noinline)) static int64_t check(int64_t i) {
    if (i % 7 == 0) {
        message = "seven";
        longjmp(handler, 1);
    }
    return i;
}
__attribute__((noinline)) static int64_t guarded(int64_t i) {
    if (setjmp(handler) == 0) return check(i);
    return (int64_t)strlen(message);
}
int main(void) {
    int64_t sum = 0;
    for (int64_t i = 0; i < 3500000; i++) sum += guarded(i);
    printf("%lld\n", (long long)sum);
}
