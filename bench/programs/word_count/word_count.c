// Counts the words of a text that it makes up: how often each occurs, on which lines, by which letters they begin, and
// which are anagrams of each other.
#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST = 16 };

static int64_t next_random(int64_t n) {
    static int64_t random = 77;
    random = random * 16807 % 2147483647;
    return random % n;
}

typedef char word[LONGEST];

static const char *const ONSETS[] = { "b", "c", "d", "f", "g", "l", "m", "n", "p", "r", "s", "t", "st", "tr" };
static const char *const VOWELS[] = { "a", "e", "i", "o", "u", "ea" };

static word *make_vocabulary(int64_t size) {
    word *words = calloc(size, sizeof *words);
    for (int64_t i = 0; i < size; i++) {
        for (int64_t left = 1 + next_random(3); left > 0; left--) {
            strcat(words[i], ONSETS[next_random(sizeof ONSETS / sizeof *ONSETS)]);
            strcat(words[i], VOWELS[next_random(sizeof VOWELS / sizeof *VOWELS)]);
        }
        if (next_random(3) == 0) strcat(words[i], "n");
    }
    return words;
}

typedef struct { char *bytes; int64_t length, capacity; } buffer;

static void put(buffer *self, char c) {
    if (self->length == self->capacity) {
        self->capacity = self->capacity ? self->capacity * 2 : 1024;
        self->bytes = realloc(self->bytes, self->capacity);
    }
    self->bytes[self->length++] = c;
}

static buffer make_text(int64_t lines, word *vocabulary, int64_t size) {
    buffer text = { 0 };
    bool sentence_begins = true;
    for (int64_t i = 0; i < lines; i++) {
        if (i > 0) put(&text, '\n');
        int64_t words = 6 + next_random(8);
        for (int64_t k = 0; k < words; k++) {
            if (k > 0) put(&text, ' ');
            int64_t a = next_random(size);
            const char *at = vocabulary[a * next_random(size) / size];
            if (sentence_begins) {
                put(&text, toupper(*at++));
                sentence_begins = false;
            }
            while (*at != 0) put(&text, *at++);
            int64_t mark = next_random(12);
            if (mark == 0) {
                put(&text, '.');
                sentence_begins = true;
            } else if (mark == 1) {
                put(&text, ',');
            }
        }
    }
    return text;
}

typedef struct { char *text; int64_t count, *lines, line_count, line_capacity; } entry;

typedef struct {
    entry *entries;
    int64_t length, capacity, total;
    int64_t *slots; // one more than the number of an entry, or 0
    uint64_t mask;
} text_index;

static uint64_t hash(const char *text, size_t length) {
    uint64_t sum = 14695981039346656037u;
    for (size_t i = 0; i < length; i++) sum = (sum ^ (uint8_t)text[i]) * 1099511628211u;
    return sum ^ sum >> 32;
}

static void grow(text_index *self) {
    free(self->slots);
    self->mask = self->mask ? self->mask * 2 + 1 : 63;
    self->slots = calloc(self->mask + 1, sizeof *self->slots);
    for (int64_t i = 0; i < self->length; i++) {
        uint64_t at = hash(self->entries[i].text, strlen(self->entries[i].text)) & self->mask;
        while (self->slots[at] != 0) at = (at + 1) & self->mask;
        self->slots[at] = i + 1;
    }
}

// The entry of a word, a new one with a count of 0 if there was none.
static entry *find(text_index *self, const char *text, size_t length) {
    if (self->length * 2 >= (int64_t)self->mask) grow(self);
    uint64_t at = hash(text, length) & self->mask;
    while (self->slots[at] != 0) {
        entry *found = &self->entries[self->slots[at] - 1];
        if (strncmp(found->text, text, length) == 0 && found->text[length] == 0) return found;
        at = (at + 1) & self->mask;
    }
    if (self->length == self->capacity) {
        self->capacity = self->capacity ? self->capacity * 2 : 64;
        self->entries = realloc(self->entries, self->capacity * sizeof *self->entries);
    }
    self->entries[self->length] = (entry){ .text = strndup(text, length) };
    self->slots[at] = ++self->length;
    return &self->entries[self->length - 1];
}

static void push_line(entry *self, int64_t line) {
    if (self->line_count == self->line_capacity) {
        self->line_capacity = self->line_capacity ? self->line_capacity * 2 : 4;
        self->lines = realloc(self->lines, self->line_capacity * sizeof *self->lines);
    }
    self->lines[self->line_count++] = line;
}

static void add(text_index *self, const char *text, size_t length, int64_t line) {
    self->total++;
    entry *found = find(self, text, length);
    found->count++;
    if (found->line_count == 0 || found->lines[found->line_count - 1] != line) push_line(found, line);
}

static void add_text(text_index *self, buffer text) {
    int64_t line = 1, at = 0;
    while (at < text.length) {
        while (at < text.length && !isalpha((unsigned char)text.bytes[at])) {
            if (text.bytes[at] == '\n') line++;
            at++;
        }
        char lower[LONGEST];
        size_t length = 0;
        while (at < text.length && isalpha((unsigned char)text.bytes[at])) lower[length++] = tolower(text.bytes[at++]);
        if (length > 0) add(self, lower, length, line);
    }
}

static int by_frequency(const void *left, const void *right) {
    const entry *a = *(const entry *const *)left, *b = *(const entry *const *)right;
    if (a->count != b->count) return a->count > b->count ? -1 : 1;
    return strcmp(a->text, b->text);
}

static int by_letter(const void *a, const void *b) { return *(const char *)a - *(const char *)b; }

typedef struct { word key; const char *text; } keyed;

static int by_key(const void *left, const void *right) {
    const keyed *a = left, *b = right;
    int order = strcmp(a->key, b->key);
    return order != 0 ? order : strcmp(a->text, b->text);
}

// The largest group of words with the same letters; the first by the alphabet if there are several.
static void print_anagrams(const text_index *self) {
    keyed *words = calloc(self->length, sizeof *words);
    for (int64_t i = 0; i < self->length; i++) {
        words[i].text = self->entries[i].text;
        strcpy(words[i].key, words[i].text);
        qsort(words[i].key, strlen(words[i].key), 1, by_letter);
    }
    qsort(words, self->length, sizeof *words, by_key);
    int64_t best = 0, best_length = 0;
    for (int64_t start = 0, end; start < self->length; start = end) {
        for (end = start; end < self->length && strcmp(words[start].key, words[end].key) == 0;) end++;
        if (end - start > best_length) {
            best = start;
            best_length = end - start;
        }
    }
    printf("anagrams:");
    for (int64_t i = 0; i < best_length; i++) printf(" %s", words[best + i].text);
    printf("\n");
}

int main(void) {
    const int64_t size = 6000;
    word *vocabulary = make_vocabulary(size);
    buffer text = make_text(24000, vocabulary, size);
    text_index all = { 0 };
    add_text(&all, text);
    printf("%lld characters, %lld words, %lld different\n", (long long)text.length, (long long)all.total, (long long)all.length);
    entry **sorted = malloc(all.length * sizeof *sorted);
    for (int64_t i = 0; i < all.length; i++) sorted[i] = &all.entries[i];
    qsort(sorted, all.length, sizeof *sorted, by_frequency);
    for (int i = 0; i < 8; i++) {
        printf("%-10s %lld times on %lld lines, first on %lld\n", sorted[i]->text, (long long)sorted[i]->count,
               (long long)sorted[i]->line_count, (long long)sorted[i]->lines[0]);
    }
    int64_t totals[26] = { 0 };
    for (int64_t i = 0; i < all.length; i++) totals[all.entries[i].text[0] - 'a'] += all.entries[i].count;
    const char *separator = "";
    for (int i = 0; i < 26; i++) {
        if (totals[i] > 0) {
            printf("%s%c:%lld", separator, 'a' + i, (long long)totals[i]);
            separator = " ";
        }
    }
    printf("\n");
    print_anagrams(&all);
}
