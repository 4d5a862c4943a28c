// Makes a document, prints it as JSON, parses that, and goes on with what was parsed, by code of its own.
#include <setjmp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct { char *bytes; size_t length, capacity; } buffer;

static void put(buffer *self, char c) {
    if (self->length == self->capacity) {
        self->capacity = self->capacity ? self->capacity * 2 : 16;
        self->bytes = realloc(self->bytes, self->capacity);
    }
    self->bytes[self->length++] = c;
}

static void put_text(buffer *self, const char *text) {
    while (*text != 0) put(self, *text++);
}

enum kind { NIL, FALSE, TRUE, INT, FLOAT, STRING, ARRAY, OBJECT };

typedef struct value {
    enum kind kind;
    union {
        int64_t i;
        double f;
        buffer string;
        struct { struct value *items; size_t length, capacity; } array;
        struct { struct field *fields; size_t length, capacity; } object;
    } as;
} value;

typedef struct field { buffer key; value value; } field;

static value plain(enum kind kind) { return (value){ .kind = kind }; }
static value integer(int64_t i) { return (value){ .kind = INT, .as.i = i }; }

static buffer text_of(const char *text) {
    buffer made = { 0 };
    put_text(&made, text);
    return made;
}

static void array_push(value *self, value item) {
    if (self->as.array.length == self->as.array.capacity) {
        self->as.array.capacity = self->as.array.capacity ? self->as.array.capacity * 2 : 4;
        self->as.array.items = realloc(self->as.array.items, self->as.array.capacity * sizeof(value));
    }
    self->as.array.items[self->as.array.length++] = item;
}

static int compare(buffer a, buffer b) {
    size_t shorter = a.length < b.length ? a.length : b.length;
    int order = shorter == 0 ? 0 : memcmp(a.bytes, b.bytes, shorter);
    return order != 0 ? order : (a.length > b.length) - (a.length < b.length);
}

static void object_set(value *self, buffer key, value item) {
    for (size_t i = 0; i < self->as.object.length; i++) {
        if (compare(self->as.object.fields[i].key, key) == 0) {
            self->as.object.fields[i].value = item;
            return;
        }
    }
    if (self->as.object.length == self->as.object.capacity) {
        self->as.object.capacity = self->as.object.capacity ? self->as.object.capacity * 2 : 4;
        self->as.object.fields = realloc(self->as.object.fields, self->as.object.capacity * sizeof(field));
    }
    self->as.object.fields[self->as.object.length++] = (field){ key, item };
}

static value *object_get(value *self, const char *name) {
    for (size_t i = 0; i < self->as.object.length; i++) {
        buffer key = self->as.object.fields[i].key;
        if (key.length == strlen(name) && memcmp(key.bytes, name, key.length) == 0) return &self->as.object.fields[i].value;
    }
    return NULL;
}

static void value_free(value *self) {
    if (self->kind == STRING) {
        free(self->as.string.bytes);
    } else if (self->kind == ARRAY) {
        for (size_t i = 0; i < self->as.array.length; i++) value_free(&self->as.array.items[i]);
        free(self->as.array.items);
    } else if (self->kind == OBJECT) {
        for (size_t i = 0; i < self->as.object.length; i++) {
            free(self->as.object.fields[i].key.bytes);
            value_free(&self->as.object.fields[i].value);
        }
        free(self->as.object.fields);
    }
}

typedef struct {
    buffer text;
    size_t at;
    char message[64];
} parser;

static jmp_buf failed;

static _Noreturn void fail(parser *self, const char *what) {
    snprintf(self->message, sizeof self->message, "%s at %zu", what, self->at);
    longjmp(failed, 1);
}

static int peek(const parser *self) { return self->at < self->text.length ? self->text.bytes[self->at] : 0; }
static bool is_digit(int c) { return c >= '0' && c <= '9'; }

static void skip_space(parser *self) {
    while (self->at < self->text.length && strchr(" \n\t\r", self->text.bytes[self->at]) != NULL) self->at++;
}

static void expect(parser *self, char c) {
    skip_space(self);
    if (peek(self) != c) fail(self, (char[]){ 'e', 'x', 'p', 'e', 'c', 't', 'e', 'd', ' ', c, 0 });
    self->at++;
}

static value parse_value(parser *self);

static value parse_word(parser *self, const char *word, enum kind kind) {
    for (; *word != 0; word++) {
        if (peek(self) != *word) fail(self, "expected a word");
        self->at++;
    }
    return plain(kind);
}

static value parse_number(parser *self) {
    int64_t sign = 1, n = 0;
    if (peek(self) == '-') {
        sign = -1;
        self->at++;
    }
    if (!is_digit(peek(self))) fail(self, "expected a digit");
    while (is_digit(peek(self))) {
        n = n * 10 + peek(self) - '0';
        self->at++;
    }
    if (peek(self) == '.') {
        self->at++;
        int64_t scale = 1;
        while (is_digit(peek(self))) {
            n = n * 10 + peek(self) - '0';
            scale *= 10;
            self->at++;
        }
        return (value){ .kind = FLOAT, .as.f = (double)(sign * n) / (double)scale };
    }
    return integer(sign * n);
}

static buffer parse_string(parser *self) {
    expect(self, '"');
    buffer made = { 0 };
    for (;;) {
        int c = peek(self);
        self->at++;
        if (c == '"') {
            return made;
        } else if (c == '\\') {
            int escaped = peek(self);
            self->at++;
            put(&made, escaped == 'n' ? '\n' : escaped == 't' ? '\t' : escaped);
        } else if (c == 0) {
            fail(self, "a string has no end");
        } else {
            put(&made, c);
        }
    }
}

static value parse_array(parser *self) {
    expect(self, '[');
    value items = plain(ARRAY);
    skip_space(self);
    if (peek(self) == ']') {
        self->at++;
        return items;
    }
    for (;;) {
        array_push(&items, parse_value(self));
        skip_space(self);
        if (peek(self) != ',') break;
        self->at++;
    }
    expect(self, ']');
    return items;
}

static value parse_object(parser *self) {
    expect(self, '{');
    value fields = plain(OBJECT);
    skip_space(self);
    if (peek(self) == '}') {
        self->at++;
        return fields;
    }
    for (;;) {
        skip_space(self);
        buffer key = parse_string(self);
        expect(self, ':');
        object_set(&fields, key, parse_value(self));
        skip_space(self);
        if (peek(self) != ',') break;
        self->at++;
    }
    expect(self, '}');
    return fields;
}

static value parse_value(parser *self) {
    skip_space(self);
    int c = peek(self);
    if (c == '{') return parse_object(self);
    if (c == '[') return parse_array(self);
    if (c == '"') return (value){ .kind = STRING, .as.string = parse_string(self) };
    if (c == '-' || is_digit(c)) return parse_number(self);
    if (c == 't') return parse_word(self, "true", TRUE);
    if (c == 'f') return parse_word(self, "false", FALSE);
    if (c == 'n') return parse_word(self, "null", NIL);
    fail(self, "expected a value");
}

// Whether a text is JSON: if so, gives its value, else prints what is wrong.
static bool parse(buffer text, value *made) {
    parser self = { .text = text };
    if (setjmp(failed) != 0) {
        printf("error: %s\n", self.message);
        return false;
    }
    *made = parse_value(&self);
    skip_space(&self);
    if (self.at < self.text.length) fail(&self, "expected the end");
    return true;
}

static void print_string(buffer *out, buffer text) {
    put(out, '"');
    for (size_t i = 0; i < text.length; i++) {
        switch (text.bytes[i]) {
            case '"': put_text(out, "\\\""); break;
            case '\\': put_text(out, "\\\\"); break;
            case '\n': put_text(out, "\\n"); break;
            case '\t': put_text(out, "\\t"); break;
            default: put(out, text.bytes[i]);
        }
    }
    put(out, '"');
}

static int compare_fields(const void *a, const void *b) {
    return compare((*(const field *const *)a)->key, (*(const field *const *)b)->key);
}

static void print_value(buffer *out, value *self) {
    char digits[32];
    switch (self->kind) {
        case NIL: put_text(out, "null"); break;
        case FALSE: put_text(out, "false"); break;
        case TRUE: put_text(out, "true"); break;
        case INT:
            snprintf(digits, sizeof digits, "%lld", (long long)self->as.i);
            put_text(out, digits);
            break;
        case FLOAT:
            snprintf(digits, sizeof digits, "%.14g", self->as.f);
            put_text(out, digits);
            break;
        case STRING: print_string(out, self->as.string); break;
        case ARRAY:
            put(out, '[');
            for (size_t i = 0; i < self->as.array.length; i++) {
                if (i > 0) put(out, ',');
                print_value(out, &self->as.array.items[i]);
            }
            put(out, ']');
            break;
        case OBJECT: {
            put(out, '{');
            size_t length = self->as.object.length;
            field **sorted = malloc(length * sizeof *sorted);
            for (size_t i = 0; i < length; i++) sorted[i] = &self->as.object.fields[i];
            qsort(sorted, length, sizeof *sorted, compare_fields);
            for (size_t i = 0; i < length; i++) {
                if (i > 0) put(out, ',');
                print_string(out, sorted[i]->key);
                put(out, ':');
                print_value(out, &sorted[i]->value);
            }
            free(sorted);
            put(out, '}');
        }
    }
}

static buffer to_json(value *self) {
    buffer out = { 0 };
    print_value(&out, self);
    return out;
}

static int64_t next_random(int64_t n) {
    static int64_t random = 11;
    random = random * 16807 % 2147483647;
    return random % n;
}

static const char *const WORDS[] = { "alpha", "beta", "gamma \"quoted\"", "back\\slash", "two\nlines", "tab\there", "omega" };
enum { WORD_COUNT = sizeof WORDS / sizeof *WORDS };

static value make_record(int64_t id) {
    value tags = plain(ARRAY);
    for (int64_t i = next_random(5); i > 0; i--) {
        array_push(&tags, (value){ .kind = STRING, .as.string = text_of(WORDS[next_random(WORD_COUNT)]) });
    }
    value record = plain(OBJECT);
    object_set(&record, text_of("id"), integer(id));
    buffer name = text_of(WORDS[next_random(WORD_COUNT)]);
    char digits[16];
    snprintf(digits, sizeof digits, " %lld", (long long)next_random(1000));
    put_text(&name, digits);
    object_set(&record, text_of("name"), (value){ .kind = STRING, .as.string = name });
    object_set(&record, text_of("price"), (value){ .kind = FLOAT, .as.f = (double)next_random(100000) / 8 + 0.0625 });
    object_set(&record, text_of("balance"), integer(next_random(2000000) - 1000000));
    object_set(&record, text_of("active"), plain(next_random(2) == 1 ? TRUE : FALSE));
    object_set(&record, text_of("parent"), plain(NIL));
    object_set(&record, text_of("tags"), tags);
    value position = plain(OBJECT);
    object_set(&position, text_of("x"), integer(next_random(640)));
    object_set(&position, text_of("y"), integer(next_random(480)));
    object_set(&record, text_of("position"), position);
    return record;
}

// The sum of all ints in a value, and of the lengths of all its strings.
static int64_t weigh(const value *self) {
    int64_t sum = 0;
    switch (self->kind) {
        case INT: return self->as.i;
        case STRING: return self->as.string.length;
        case ARRAY:
            for (size_t i = 0; i < self->as.array.length; i++) sum += weigh(&self->as.array.items[i]);
            return sum;
        case OBJECT:
            for (size_t i = 0; i < self->as.object.length; i++) {
                sum += self->as.object.fields[i].key.length + weigh(&self->as.object.fields[i].value);
            }
            return sum;
        default: return 0;
    }
}

static int64_t checksum(buffer text) {
    int64_t sum = 0;
    for (size_t i = 0; i < text.length; i++) sum = (sum * 31 + text.bytes[i]) % 1000000007;
    return sum;
}

int main(void) {
    value records = plain(ARRAY);
    for (int64_t id = 0; id < 1000; id++) array_push(&records, make_record(id));
    buffer text = to_json(&records);
    printf("%zu %lld\n", text.length, (long long)checksum(text));
    int64_t weight = 0;
    for (int round = 0; round < 10; round++) {
        value parsed;
        if (!parse(text, &parsed)) return 1;
        weight += weigh(&parsed);
        buffer again = to_json(&parsed);
        if (compare(again, text) != 0) printf("what was parsed prints differently\n");
        free(again.bytes);
        free(text.bytes);
        for (size_t i = 0; i < parsed.as.array.length; i++) object_get(&parsed.as.array.items[i], "balance")->as.i++;
        text = to_json(&parsed);
        value_free(&parsed);
    }
    printf("%lld %zu %lld\n", (long long)weight, text.length, (long long)checksum(text));
    value wrong;
    parse(text_of("{\"a\": [1, 2,, 3]}"), &wrong);
}
