// Texts that are built piece by piece: a table of measurements as CSV, as a page of HTML and as aligned columns, a template
// that is filled in, and words run through a cipher.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    char *text;
    int64_t size, room;
    int depth;
} builder;

static void add_bytes(builder *self, const char *text, int64_t n) {
    if (self->size + n + 1 > self->room) {
        self->room = 2 * (self->size + n + 1);
        self->text = realloc(self->text, self->room);
    }
    memcpy(self->text + self->size, text, n);
    self->size += n;
    self->text[self->size] = 0;
}

static void add(builder *self, const char *text) {
    add_bytes(self, text, strlen(text));
}

static void line(builder *self, const char *text) {
    for (int i = 0; i < self->depth; i++) add(self, "  ");
    add(self, text);
    add(self, "\n");
}

static void open_tag(builder *self, const char *tag) {
    char text[64];
    snprintf(text, sizeof text, "<%s>", tag);
    line(self, text);
    self->depth++;
}

static void close_tag(builder *self, const char *tag) {
    char text[64];
    snprintf(text, sizeof text, "</%s>", tag);
    self->depth--;
    line(self, text);
}

static int64_t state = 42;
static int64_t random_below(int64_t n) {
    state = state * 16807 % 2147483647;
    return state % n;
}

static const char *NAMES[] = { "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta" };

enum { COUNT = 8000 };
typedef struct {
    int id, value, count;
    char name[32];
} row;
static row rows[COUNT];

static void make_rows(void) {
    for (int i = 0; i < COUNT; i++) {
        const char *name = NAMES[random_below(8)];
        snprintf(rows[i].name, sizeof rows[i].name, "%s-%d", name, (int)random_below(1000));
        rows[i].id = i;
        rows[i].value = random_below(100000);
        rows[i].count = random_below(50);
    }
}

static builder as_csv(void) {
    builder out = { 0 };
    char text[128];
    add(&out, "id,name,value,count\n");
    for (int i = 0; i < COUNT; i++) {
        const row *r = &rows[i];
        snprintf(text, sizeof text, "%d,%s,%d,%d\n", r->id, r->name, r->value, r->count);
        add(&out, text);
    }
    return out;
}

static builder as_html(void) {
    builder out = { 0 };
    char text[128];
    open_tag(&out, "table");
    for (int i = 0; i < COUNT; i++) {
        const row *r = &rows[i];
        open_tag(&out, "tr");
        snprintf(text, sizeof text, "<td>%d</td>", r->id);
        line(&out, text);
        snprintf(text, sizeof text, "<td>%s</td>", r->name);
        line(&out, text);
        snprintf(text, sizeof text, "<td>%d</td>", r->value);
        line(&out, text);
        snprintf(text, sizeof text, "<td>%d</td>", r->count);
        line(&out, text);
        close_tag(&out, "tr");
    }
    close_tag(&out, "table");
    return out;
}

static builder as_columns(void) {
    builder out = { 0 };
    char text[128];
    for (int i = 0; i < COUNT; i++) {
        const row *r = &rows[i];
        int n = snprintf(text, sizeof text, "%6d %s", r->id, r->name);
        while (n < 21) text[n++] = '.';
        snprintf(text + n, sizeof text - n, "%08d", r->value);
        if (i > 0) add(&out, "\n");
        add(&out, text);
    }
    return out;
}

// Adds the text with every {key} replaced by what the values say.
static void fill_in(builder *out, const char *template, const char *keys[], const char *values[], int count) {
    char key[32];
    int length = -1;
    for (const char *c = template; *c; c++) {
        if (*c == '{') {
            length = 0;
        } else if (*c == '}') {
            key[length] = 0;
            for (int i = 0; i < count; i++) {
                if (strcmp(keys[i], key) == 0) add(out, values[i]);
            }
            length = -1;
        } else if (length >= 0) {
            key[length++] = *c;
        } else {
            add_bytes(out, c, 1);
        }
    }
}

static builder caesar(const builder *text, int shift) {
    builder out = { 0 };
    for (int64_t i = 0; i < text->size; i++) {
        char c = text->text[i];
        if (c >= 'a' && c <= 'z') c = (c - 'a' + shift) % 26 + 'a';
        add_bytes(&out, &c, 1);
    }
    return out;
}

static int64_t checksum(const builder *text) {
    int64_t sum = 0;
    for (int64_t i = 0; i < text->size; i++) sum = (sum * 31 + (unsigned char)text->text[i]) % 1000003;
    return sum;
}

static void report(const char *name, const builder *text) {
    printf("%-10s %lld %lld\n", name, (long long)text->size, (long long)checksum(text));
}

int main(void) {
    make_rows();
    for (int round = 0; round < 3; round++) {
        builder csv = as_csv(), html = as_html(), columns = as_columns(), letters = { 0 };
        report("csv", &csv);
        report("html", &html);
        report("columns", &columns);
        for (int i = 0; i < COUNT; i++) {
            const row *r = &rows[i];
            char id[16], value[16];
            snprintf(id, sizeof id, "%d", r->id);
            snprintf(value, sizeof value, "%d", r->value);
            const char *keys[] = { "id", "name", "value", "sender" };
            const char *values[] = { id, r->name, value, NAMES[r->count % 8] };
            fill_in(&letters, "Dear {name}, your measurement {id} gave {value}. Regards, {sender}", keys, values, 4);
            add(&letters, "\n");
        }
        report("letters", &letters);
        builder cipher = caesar(&letters, 3 + round);
        report("cipher", &cipher);
        free(csv.text);
        free(html.text);
        free(columns.text);
        free(letters.text);
        free(cipher.text);
    }
}
