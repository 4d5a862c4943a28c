#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

// Counts 4,000,000 ints, of which 20,000 are different and far apart, in a hash table, and adds up what it counted.
static volatile int64_t rounds = 4000000;

enum { SLOTS = 65536, KEYS = 20000 };

struct entry {
    int64_t key;
    int64_t value;
    int used;
};

// The entry of a key, or the free one where it belongs.
static struct entry *find(struct entry *slots, int64_t key) {
    uint64_t hash = (uint64_t)key * 0x9E3779B97F4A7C15u;
    for (uint64_t at = hash >> 48;; at = (at + 1) % SLOTS) {
        if (!slots[at].used || slots[at].key == key) {
            return &slots[at];
        }
    }
}

static int64_t run(int64_t n) {
    struct entry *counts = calloc(SLOTS, sizeof *counts);
    int64_t seed = 42;
    for (int64_t i = 0; i < n; i++) {
        seed = seed * 16807 % 2147483647;
        int64_t key = seed % KEYS * 65537;
        struct entry *entry = find(counts, key);
        if (!entry->used) {
            *entry = (struct entry){key, 1, 1};
        } else {
            entry->value = entry->value + 1;
        }
    }
    int64_t sum = 0;
    for (int64_t i = 0; i < KEYS; i++) {
        sum = (sum * 31 + find(counts, i * 65537)->value) % 1000000007;
    }
    return sum;
}

int main(void) {
    printf("%lld\n", (long long)run(rounds));
}
