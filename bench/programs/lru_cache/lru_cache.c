// A cache that forgets what was used least recently: a hash table of entries, which are a doubly linked list in the order of
// their use. Serves requests for ints and for strings from slow functions.
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct { bool is_text; union { int64_t number; const char *text; } as; } key;

typedef struct entry {
    key key;
    int64_t value;
    struct entry *newer, *older, *next_in_bucket;
} entry;

typedef struct {
    int64_t capacity, length, hits, misses, evictions;
    int64_t (*compute)(key);
    entry **buckets;
    uint64_t mask;
    entry ring; // an entry that is none: its neighbours are the newest and the oldest
} cache;

static uint64_t hash(key of) {
    if (!of.is_text) return (uint64_t)of.as.number * 0x9E3779B97F4A7C15u >> 32;
    uint64_t sum = 14695981039346656037u;
    for (const char *at = of.as.text; *at != 0; at++) sum = (sum ^ (uint8_t)*at) * 1099511628211u;
    return sum ^ sum >> 32;
}

static bool is_same(key a, key b) {
    return a.is_text ? a.as.text == b.as.text || strcmp(a.as.text, b.as.text) == 0 : a.as.number == b.as.number;
}

static cache *cache_new(int64_t capacity, int64_t (*compute)(key)) {
    cache *self = calloc(1, sizeof *self);
    self->capacity = capacity;
    self->compute = compute;
    self->mask = 1;
    while ((int64_t)self->mask < capacity) self->mask = self->mask * 2 + 1;
    self->buckets = calloc(self->mask + 1, sizeof *self->buckets);
    self->ring.newer = self->ring.older = &self->ring;
    return self;
}

static void unlink_entry(entry *gone) {
    gone->newer->older = gone->older;
    gone->older->newer = gone->newer;
}

static void link_as_newest(cache *self, entry *added) {
    entry *newest = self->ring.older;
    added->older = newest;
    added->newer = &self->ring;
    newest->newer = added;
    self->ring.older = added;
}

static void evict(cache *self) {
    entry *oldest = self->ring.newer;
    unlink_entry(oldest);
    entry **place = &self->buckets[hash(oldest->key) & self->mask];
    while (*place != oldest) place = &(*place)->next_in_bucket;
    *place = oldest->next_in_bucket;
    free(oldest);
    self->length--;
    self->evictions++;
}

static int64_t cache_get(cache *self, key wanted) {
    uint64_t at = hash(wanted) & self->mask;
    entry *found = self->buckets[at];
    while (found != NULL && !is_same(found->key, wanted)) found = found->next_in_bucket;
    if (found != NULL) {
        self->hits++;
        if (self->ring.older != found) {
            unlink_entry(found);
            link_as_newest(self, found);
        }
        return found->value;
    }
    self->misses++;
    if (self->length >= self->capacity) evict(self);
    found = malloc(sizeof *found);
    *found = (entry){ .key = wanted, .value = self->compute(wanted), .next_in_bucket = self->buckets[at] };
    self->buckets[at] = found;
    self->length++;
    link_as_newest(self, found);
    return found->value;
}

static void report(const cache *self, const char *name) {
    printf("%s: %lld hits, %lld misses, %lld evictions, %lld kept\n", name, (long long)self->hits, (long long)self->misses,
           (long long)self->evictions, (long long)self->length);
}

static int64_t next_random(int64_t *state, int64_t n) {
    *state = *state * 16807 % 2147483647;
    return *state % n;
}

// Small numbers more often than large ones.
static int64_t skewed(int64_t *state, int64_t n) {
    int64_t a = next_random(state, n), b = next_random(state, n);
    return a * b / n;
}

static int64_t collatz_steps(key of) {
    int64_t steps = 0;
    for (int64_t n = of.as.number; n > 1; steps++) n = n % 2 == 0 ? n / 2 : 3 * n + 1;
    return steps;
}

static int64_t count_vowels(key of) {
    int64_t count = 0;
    for (const char *at = of.as.text; *at != 0; at++) count += strchr("aeiou", *at) != NULL;
    return count;
}

static void serve_ints(int64_t requests) {
    int64_t random = 12345, sum = 0;
    cache *self = cache_new(1000, collatz_steps);
    for (int64_t i = 0; i < requests; i++) {
        sum += cache_get(self, (key){ .is_text = false, .as.number = 1 + skewed(&random, 5000) });
    }
    report(self, "ints");
    printf("sum %lld, oldest %lld, newest %lld\n", (long long)sum, (long long)self->ring.newer->key.as.number,
           (long long)self->ring.older->key.as.number);
}

static const char *const SYLLABLES[] = {
    "ba", "co", "di", "fe", "gu", "lo", "ma", "ne", "pi", "ru", "sa", "te", "vo", "xy", "zu",
};
enum { COUNT = sizeof SYLLABLES / sizeof *SYLLABLES, WORDS = COUNT * COUNT * COUNT };

static void serve_words(int64_t requests) {
    static char words[WORDS][8];
    for (int i = 0; i < WORDS; i++) {
        snprintf(words[i], sizeof words[i], "%s%s%s", SYLLABLES[i / COUNT / COUNT], SYLLABLES[i / COUNT % COUNT],
                 SYLLABLES[i % COUNT]);
    }
    int64_t random = 54321, sum = 0;
    cache *self = cache_new(500, count_vowels);
    for (int64_t i = 0; i < requests; i++) {
        sum += cache_get(self, (key){ .is_text = true, .as.text = words[skewed(&random, WORDS)] });
    }
    report(self, "words");
    printf("sum %lld, oldest %s, newest %s\n", (long long)sum, self->ring.newer->key.as.text, self->ring.older->key.as.text);
}

int main(void) {
    serve_ints(400000);
    serve_words(200000);
}
