#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Counts 4,000,000 words, of which 2,000 are different, in a hash table with string keys, and adds up what it counted.
static volatile int64_t rounds = 4000000;

enum { SLOTS = 4096, WORDS = 2000 };

struct entry {
    const char *key;
    uint64_t hash;
    int64_t value;
};

struct table {
    struct entry slots[SLOTS];
};

static uint64_t hash(const char *text) {
    uint64_t h = 14695981039346656037u;
    for (; *text; text++) h = (h ^ (unsigned char)*text) * 1099511628211u;
    return h ^ h >> 32;
}

// The entry of a key, or the free one where it belongs.
static struct entry *find(struct table *table, const char *key) {
    uint64_t h = hash(key);
    for (uint64_t at = h % SLOTS;; at = (at + 1) % SLOTS) {
        struct entry *entry = &table->slots[at];
        if (!entry->key || (entry->hash == h && strcmp(entry->key, key) == 0)) {
            entry->hash = h;
            return entry;
        }
    }
}

static int64_t run(int64_t n) {
    char *words[WORDS];
    for (int64_t i = 0; i < WORDS; i++) {
        words[i] = malloc(16);
        sprintf(words[i], "word%lld", (long long)(i * 7919 % WORDS));
    }
    struct table *counts = calloc(1, sizeof *counts), *total = calloc(1, sizeof *total);
    *find(total, "seen") = (struct entry){"seen", hash("seen"), 0};
    *find(total, "again") = (struct entry){"again", hash("again"), 0};
    int64_t seed = 42;
    for (int64_t i = 0; i < n; i++) {
        seed = seed * 16807 % 2147483647;
        const char *word = words[seed % WORDS];
        struct entry *entry = find(counts, word);
        if (!entry->key) {
            entry->key = word;
            entry->value = 1;
            find(total, "seen")->value += 1;
        } else {
            entry->value += 1;
            find(total, "again")->value += 1;
        }
    }
    int64_t sum = 0;
    for (int64_t i = 0; i < WORDS; i++) {
        sum = (sum * 31 + find(counts, words[i])->value) % 1000000007;
    }
    return sum + find(total, "seen")->value + find(total, "again")->value;
}

int main(void) {
    printf("%lld\n", (long long)run(rounds));
}
