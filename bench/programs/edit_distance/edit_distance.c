// Spelling correction: makes words and misspells them, then looks for the nearest word of a dictionary by the distance of
// Levenshtein with transpositions; and aligns long strings of bases.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int64_t state = 42;
static int64_t random_below(int64_t n) {
    state = state * 16807 % 2147483647;
    return state % n;
}

static const char LETTERS[] = "abcdefghijklmnopqrstuvwxyz";
static const char BASES[] = "ACGT";

static int64_t min(int64_t a, int64_t b) { return a < b ? a : b; }
static int64_t max(int64_t a, int64_t b) { return a > b ? a : b; }

static char *random_word(const char *letters, int64_t length) {
    char *word = malloc(length + 1);
    int64_t n = strlen(letters);
    for (int64_t i = 0; i < length; i++) word[i] = letters[random_below(n)];
    word[length] = 0;
    return word;
}

static char *misspell(const char *word) {
    int64_t n = strlen(word), at = random_below(n - 1);
    char *result = malloc(n + 2);
    memcpy(result, word, at);
    switch (random_below(4)) {
        case 0:
            strcpy(result + at, word + at + 1);
            break;
        case 1:
            result[at] = LETTERS[random_below(26)];
            strcpy(result + at + 1, word + at);
            break;
        case 2:
            result[at] = LETTERS[random_below(26)];
            strcpy(result + at + 1, word + at + 1);
            break;
        default:
            result[at] = word[at + 1];
            result[at + 1] = word[at];
            strcpy(result + at + 2, word + at + 2);
    }
    return result;
}

// The least number of insertions, deletions, replacements and transpositions that make b of a.
static int64_t distance(const char *a, const char *b) {
    int64_t n = strlen(a), m = strlen(b);
    int64_t *rows = calloc(3 * (m + 1), sizeof *rows);
    int64_t *before = rows, *previous = rows + m + 1, *current = rows + 2 * (m + 1);
    for (int64_t j = 0; j <= m; j++) previous[j] = j;
    for (int64_t i = 1; i <= n; i++) {
        current[0] = i;
        for (int64_t j = 1; j <= m; j++) {
            int64_t best = previous[j - 1];
            if (a[i - 1] != b[j - 1]) {
                best = min(min(best, previous[j]), current[j - 1]) + 1;
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) best = min(best, before[j - 2] + 1);
            }
            current[j] = best;
        }
        int64_t *t = before;
        before = previous;
        previous = current;
        current = t;
    }
    int64_t result = previous[m];
    free(rows);
    return result;
}

// A longest common subsequence.
static char *common(const char *a, const char *b) {
    int64_t n = strlen(a), m = strlen(b);
    int64_t **table = malloc((n + 1) * sizeof *table);
    for (int64_t i = 0; i <= n; i++) table[i] = calloc(m + 1, sizeof **table);
    for (int64_t i = 1; i <= n; i++) {
        for (int64_t j = 1; j <= m; j++) {
            table[i][j] = a[i - 1] == b[j - 1] ? table[i - 1][j - 1] + 1 : max(table[i - 1][j], table[i][j - 1]);
        }
    }
    int64_t i = n, j = m, k = table[n][m];
    char *result = malloc(k + 1);
    result[k] = 0;
    while (i > 0 && j > 0) {
        if (a[i - 1] == b[j - 1]) {
            result[--k] = a[i - 1];
            i--;
            j--;
        } else if (table[i - 1][j] >= table[i][j - 1]) {
            i--;
        } else {
            j--;
        }
    }
    return result;
}

int main(void) {
    char *words[600];
    for (int i = 0; i < 600; i++) words[i] = random_word(LETTERS, 4 + random_below(8));
    int64_t right = 0, total = 0;
    for (int i = 0; i < 150; i++) {
        char *word = words[random_below(600)];
        char *wrong = misspell(misspell(word));
        int64_t best = 1000;
        const char *nearest = "";
        for (int k = 0; k < 600; k++) {
            int64_t d = distance(wrong, words[k]);
            if (d < best) {
                best = d;
                nearest = words[k];
            }
        }
        total += best;
        if (strcmp(nearest, word) == 0) right++;
    }
    printf("corrected %d of 150, %d edits\n", (int)right, (int)total);
    char *first = random_word(BASES, 1500), *second = random_word(BASES, 1500);
    char *shared = common(first, second);
    printf("%d %.40s %d\n", (int)strlen(shared), shared, (int)distance(first, second));
}
