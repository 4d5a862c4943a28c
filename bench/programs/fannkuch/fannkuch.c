#include <stdint.h>
#include <stdio.h>

// Fannkuch: the most flips that a permutation of 9 needs, and a checksum.
static volatile int64_t size = 9;

static int64_t fannkuch(int64_t n) {
    int64_t p[16], q[16], s[16];
    for (int64_t i = 0; i < n; i++) {
        p[i] = i;
        q[i] = 0;
        s[i] = i;
    }
    int64_t sign = 1, most = 0, checksum = 0;
    for (;;) {
        int64_t first = p[0];
        if (first != 0) {
            for (int64_t i = 1; i < n; i++) q[i] = p[i];
            int64_t flips = 1;
            for (;;) {
                int64_t next = q[first];
                if (next == 0) {
                    if (flips > most) most = flips;
                    checksum = checksum + sign * flips;
                    break;
                }
                q[first] = first;
                if (first >= 3) {
                    int64_t i = 1, j = first - 1;
                    while (i < j) {
                        int64_t t = q[i];
                        q[i] = q[j];
                        q[j] = t;
                        i = i + 1;
                        j = j - 1;
                    }
                }
                first = next;
                flips = flips + 1;
            }
        }
        if (sign == 1) {
            int64_t t = p[0];
            p[0] = p[1];
            p[1] = t;
            sign = -1;
        } else {
            int64_t t = p[1];
            p[1] = p[2];
            p[2] = t;
            sign = 1;
            int64_t i = 2;
            for (;;) {
                int64_t sx = s[i];
                if (sx != 0) {
                    s[i] = sx - 1;
                    break;
                }
                if (i == n - 1) {
                    return checksum * 1000 + most;
                }
                s[i] = i;
                int64_t head = p[0];
                for (int64_t j = 0; j <= i; j++) p[j] = p[j + 1];
                i = i + 1;
                p[i] = head;
            }
        }
    }
}

int main(void) {
    printf("%lld\n", (long long)fannkuch(size));
}
