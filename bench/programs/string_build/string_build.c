#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Builds a string of 2,000,000 short pieces by appending to a growing buffer, and looks at every tenth character of it.
static volatile int64_t pieces = 2000000;

struct string {
    char *text;
    size_t len, room;
};

static void append(struct string *s, const char *piece) {
    size_t more = strlen(piece);
    if (s->len + more > s->room) {
        s->room = 2 * (s->len + more);
        s->text = realloc(s->text, s->room);
    }
    memcpy(s->text + s->len, piece, more);
    s->len += more;
}

static int64_t count(const struct string *s, char wanted) {
    int64_t found = 0;
    for (size_t i = 0; i < s->len; i += 10) {
        if (s->text[i] == wanted) {
            found = found + 1;
        }
    }
    return found;
}

int main(void) {
    struct string s = {0};
    int64_t n = pieces;
    for (int64_t i = 0; i < n; i++) {
        append(&s, "ab");
        if (i % 3 == 0) {
            append(&s, "c");
        }
    }
    printf("%zu %lld %lld\n", s.len, (long long)count(&s, 'a'), (long long)count(&s, 'c'));
}
