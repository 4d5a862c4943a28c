// A small language of assignments and expressions: tokens from characters, trees from tokens by recursive descent, values
// from trees.
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Sums and products are taken modulo this, so that they stay small.
enum { MODULUS = 1000003 };

// The remainder that has the sign of b, and the quotient rounded down.
static int64_t modulo(int64_t a, int64_t b) {
    int64_t rest = a % b;
    return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}

static int64_t floor_div(int64_t a, int64_t b) { return (a - modulo(a, b)) / b; }

typedef struct { char *bytes; size_t length, capacity; } buffer;

static void put(buffer *self, char c) {
    if (self->length + 1 >= self->capacity) {
        self->capacity = self->capacity ? self->capacity * 2 : 64;
        self->bytes = realloc(self->bytes, self->capacity);
    }
    self->bytes[self->length++] = c;
    self->bytes[self->length] = 0;
}

static void put_text(buffer *self, const char *text) {
    while (*text != 0) put(self, *text++);
}

static void put_number(buffer *self, int64_t number) {
    char digits[24];
    snprintf(digits, sizeof digits, "%lld", (long long)number);
    put_text(self, digits);
}

// Kinds are "number", "name", "end", or the character itself.
enum { NUMBER = 256, NAME, END };

typedef struct { int kind; char *text; int64_t position; } token;
typedef struct { token *items; size_t length, capacity; } tokens;

static void fail(const char *what, int64_t position) {
    fprintf(stderr, "%s at %lld\n", what, (long long)position);
    exit(1);
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

static void add_token(tokens *self, int kind, const char *start, size_t length, int64_t position) {
    if (self->length == self->capacity) {
        self->capacity = self->capacity ? self->capacity * 2 : 64;
        self->items = realloc(self->items, self->capacity * sizeof *self->items);
    }
    self->items[self->length++] = (token){ kind, strndup(start, length), position };
}

static tokens tokenize(const char *source, int64_t size) {
    tokens made = { 0 };
    int64_t at = 0;
    while (at < size) {
        char c = source[at];
        int64_t start = at;
        if (c == ' ' || c == '\n') {
            at++;
        } else if (is_digit(c)) {
            while (at < size && is_digit(source[at])) at++;
            add_token(&made, NUMBER, source + start, at - start, start);
        } else if (is_letter(c)) {
            while (at < size && (is_letter(source[at]) || is_digit(source[at]))) at++;
            add_token(&made, NAME, source + start, at - start, start);
        } else if (strchr("+-*/%()=,;<>?:", c) != NULL) {
            add_token(&made, c, source + start, 1, start);
            at++;
        } else {
            fail("unexpected character", at);
        }
    }
    add_token(&made, END, "", 0, size);
    return made;
}

// Values of variables, by name: a hash table with open addressing.
enum { SLOTS = 64 };
typedef struct { const char *names[SLOTS]; int64_t values[SLOTS]; } environment;

static size_t slot_of(const environment *self, const char *name) {
    uint64_t sum = 14695981039346656037u;
    for (const char *at = name; *at != 0; at++) sum = (sum ^ (uint8_t)*at) * 1099511628211u;
    size_t slot = (sum ^ sum >> 32) % SLOTS;
    while (self->names[slot] != NULL && strcmp(self->names[slot], name) != 0) slot = (slot + 1) % SLOTS;
    return slot;
}

typedef struct tree tree;
struct tree {
    int64_t (*eval)(const tree *, environment *);
    int op;
    int64_t value;
    const char *name;
    int64_t (*callee)(const int64_t *, int64_t);
    tree **children;
    int64_t count;
};

static int64_t eval(const tree *self, environment *env) { return self->eval(self, env); }

static int64_t tree_size(const tree *self) {
    int64_t size = 1;
    for (int64_t i = 0; i < self->count; i++) size += tree_size(self->children[i]);
    return size;
}

static int64_t eval_number(const tree *self, environment *env) { (void)env; return self->value; }

static int64_t eval_name(const tree *self, environment *env) {
    size_t slot = slot_of(env, self->name);
    if (env->names[slot] == NULL) fail("a name is not defined", 0);
    return env->values[slot];
}

static int64_t eval_negation(const tree *self, environment *env) { return -eval(self->children[0], env); }

static int64_t eval_binary(const tree *self, environment *env) {
    int64_t a = eval(self->children[0], env), b = eval(self->children[1], env);
    switch (self->op) {
        case '+': return modulo(a + b, MODULUS);
        case '-': return modulo(a - b, MODULUS);
        case '*': return modulo(a * b, MODULUS);
        case '/': return b == 0 ? 0 : floor_div(a, b);
        case '%': return b == 0 ? 0 : modulo(a, b);
        case '<': return a < b;
        default: return a > b;
    }
}

static int64_t eval_choice(const tree *self, environment *env) {
    return eval(self->children[0], env) != 0 ? eval(self->children[1], env) : eval(self->children[2], env);
}

static int64_t eval_call(const tree *self, environment *env) {
    int64_t *values = malloc(self->count * sizeof *values);
    for (int64_t i = 0; i < self->count; i++) values[i] = eval(self->children[i], env);
    int64_t result = self->callee(values, self->count);
    free(values);
    return result;
}

static int64_t eval_assignment(const tree *self, environment *env) {
    int64_t value = eval(self->children[0], env);
    size_t slot = slot_of(env, self->name);
    env->names[slot] = self->name;
    env->values[slot] = value;
    return value;
}

static int64_t largest(const int64_t *values, int64_t count) {
    int64_t result = values[0];
    for (int64_t i = 1; i < count; i++) result = result > values[i] ? result : values[i];
    return result;
}

static int64_t smallest(const int64_t *values, int64_t count) {
    int64_t result = values[0];
    for (int64_t i = 1; i < count; i++) result = result < values[i] ? result : values[i];
    return result;
}

static int64_t sum_of(const int64_t *values, int64_t count) {
    int64_t total = 0;
    for (int64_t i = 0; i < count; i++) total = modulo(total + values[i], MODULUS);
    return total;
}

static tree *tree_new(int64_t (*eval)(const tree *, environment *), int64_t count) {
    tree *made = calloc(1, sizeof *made);
    made->eval = eval;
    made->count = count;
    made->children = count > 0 ? calloc(count, sizeof *made->children) : NULL;
    return made;
}

typedef struct { tokens tokens; size_t at; } parser;

static const token *peek(const parser *self) { return &self->tokens.items[self->at]; }
static const token *next(parser *self) { return &self->tokens.items[self->at++]; }

static const token *expect(parser *self, int kind) {
    const token *found = next(self);
    if (found->kind != kind) fail("unexpected token", found->position);
    return found;
}

static tree *parse_expression(parser *self);

static tree *parse_call(parser *self, const char *name) {
    tree *made = tree_new(eval_call, 0);
    made->callee = strcmp(name, "max") == 0 ? largest : strcmp(name, "min") == 0 ? smallest : sum_of;
    expect(self, '(');
    do {
        tree *argument = parse_expression(self);
        made->children = realloc(made->children, (made->count + 1) * sizeof *made->children);
        made->children[made->count++] = argument;
    } while (next(self)->kind == ',');
    self->at--;
    expect(self, ')');
    return made;
}

static tree *parse_operand(parser *self) {
    const token *first = next(self);
    tree *made = NULL;
    switch (first->kind) {
        case NUMBER:
            made = tree_new(eval_number, 0);
            made->value = strtoll(first->text, NULL, 10);
            return made;
        case NAME:
            if (peek(self)->kind == '(') return parse_call(self, first->text);
            made = tree_new(eval_name, 0);
            made->name = first->text;
            return made;
        case '-':
            made = tree_new(eval_negation, 1);
            made->children[0] = parse_operand(self);
            return made;
        case '(':
            made = parse_expression(self);
            expect(self, ')');
            return made;
        default:
            fail("unexpected token", first->position);
            return NULL;
    }
}

static int precedence(int kind) {
    switch (kind) {
        case '<': case '>': return 1;
        case '+': case '-': return 2;
        case '*': case '/': case '%': return 3;
        default: return 0;
    }
}

static tree *parse_binary(parser *self, int least) {
    tree *left = parse_operand(self);
    for (;;) {
        int found = precedence(peek(self)->kind);
        if (found == 0 || found < least) return left;
        tree *made = tree_new(eval_binary, 2);
        made->op = next(self)->kind;
        made->children[0] = left;
        made->children[1] = parse_binary(self, found + 1);
        left = made;
    }
}

static tree *parse_expression(parser *self) {
    tree *condition = parse_binary(self, 1);
    if (peek(self)->kind != '?') return condition;
    next(self);
    tree *made = tree_new(eval_choice, 3);
    made->children[0] = condition;
    made->children[1] = parse_expression(self);
    expect(self, ':');
    made->children[2] = parse_expression(self);
    return made;
}

// The statements of a program are the children of one tree.
static tree *parse_program(parser *self) {
    tree *made = tree_new(NULL, 0);
    while (peek(self)->kind != END) {
        tree *statement = tree_new(eval_assignment, 1);
        statement->name = expect(self, NAME)->text;
        expect(self, '=');
        statement->children[0] = parse_expression(self);
        expect(self, ';');
        made->children = realloc(made->children, (made->count + 1) * sizeof *made->children);
        made->children[made->count++] = statement;
    }
    return made;
}

static int64_t next_random(int64_t n) {
    static int64_t random = 99;
    random = random * 16807 % 2147483647;
    return random % n;
}

static buffer random_expression(int depth) {
    int64_t choice = depth == 0 ? next_random(2) : next_random(12);
    buffer made = { 0 };
    if (choice == 0) {
        put_number(&made, next_random(1000));
        return made;
    }
    if (choice == 1) {
        put(&made, 'v');
        put_number(&made, next_random(20));
        return made;
    }
    buffer a = random_expression(depth - 1), b = random_expression(depth - 1);
    if (choice == 2) {
        put(&made, '-');
        put_text(&made, a.bytes);
    } else if (choice == 3) {
        const char *parts[] = { "(", a.bytes, " < ", b.bytes, " ? ", a.bytes, " : ", b.bytes, ")" };
        for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) put_text(&made, parts[i]);
    } else if (choice == 4) {
        const char *names[] = { "max", "min", "sum" };
        const char *parts[] = { names[next_random(3)], "(", a.bytes, ", ", b.bytes, ", " };
        for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) put_text(&made, parts[i]);
        put_number(&made, next_random(50));
        put(&made, ')');
    } else {
        const char op[] = { ' ', "+-*/%>"[next_random(6)], ' ', 0 };
        const char *parts[] = { "(", a.bytes, op, b.bytes, ")" };
        for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) put_text(&made, parts[i]);
    }
    free(a.bytes);
    free(b.bytes);
    return made;
}

static buffer random_program(int64_t statements) {
    buffer made = { 0 };
    for (int64_t i = 0; i < 20 + statements; i++) {
        if (i > 0) put(&made, '\n');
        put(&made, 'v');
        put_number(&made, i < 20 ? i : next_random(20));
        put_text(&made, " = ");
        if (i < 20) {
            put_number(&made, next_random(100));
        } else {
            buffer value = random_expression(4);
            put_text(&made, value.bytes);
            free(value.bytes);
        }
        put(&made, ';');
    }
    return made;
}

static int64_t run(const tree *program, int64_t rounds) {
    environment env = { 0 };
    int64_t sum = 0;
    for (int64_t round = 0; round < rounds; round++) {
        for (int64_t i = 0; i < program->count; i++) sum = modulo(sum * 7 + eval(program->children[i], &env), MODULUS);
    }
    return sum;
}

int main(void) {
    for (int round = 0; round < 6; round++) {
        buffer source = random_program(500);
        parser reader = { tokenize(source.bytes, source.length), 0 };
        tree *program = parse_program(&reader);
        int64_t size = tree_size(program) - 1;
        printf("%zu %zu %lld %lld\n", source.length, reader.tokens.length, (long long)size, (long long)run(program, 15));
    }
}
