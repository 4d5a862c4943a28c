// Orders are parsed and booked. Much of the input is wrong: what would be thrown elsewhere is a result here, an error that is
// allocated by who finds it and freed by who deals with it.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

typedef enum { BOOKED, PARSE, FUNDS, INDEX } kind;

typedef struct {
    kind kind;
    const char *message;
    int64_t detail;
} error;

static error *make_error(kind kind, const char *message, int64_t detail) {
    error *e = malloc(sizeof *e);
    *e = (error){ kind, message, detail };
    return e;
}

static int64_t state = 42;
static int64_t random_below(int64_t n) {
    state = state * 16807 % 2147483647;
    return state % n;
}

typedef struct {
    int codes[8];
    int count;
} order;

typedef struct {
    const order *codes;
    int position;
} scanner;

static error *peek(const scanner *self, int *code) {
    if (self->position == self->codes->count) return make_error(PARSE, "unexpected end", self->position);
    *code = self->codes->codes[self->position];
    return NULL;
}

static error *number(scanner *self, int64_t *result) {
    int start = self->position, code;
    int64_t n = 0;
    while (self->position < self->codes->count) {
        error *e = peek(self, &code);
        if (e) return e;
        if (code >= 10) break;
        n = n * 10 + code;
        self->position++;
    }
    if (self->position == start) return make_error(PARSE, "not a number", start);
    *result = n;
    return NULL;
}

static error *expect(scanner *self, int wanted) {
    int code;
    error *e = peek(self, &code);
    if (e) return e;
    if (code != wanted) return make_error(PARSE, "unexpected sign", self->position);
    self->position++;
    return NULL;
}

typedef struct {
    int64_t balance, open, refused;
} account;

static error *withdraw(account *self, int64_t amount) {
    if (amount > self->balance) return make_error(FUNDS, "insufficient funds", amount - self->balance);
    self->balance -= amount;
    return NULL;
}

static error *book(account *self, int64_t amount) {
    self->open++;
    error *e = withdraw(self, amount);
    if (e) self->refused++;
    self->open--;
    return e;
}

enum { COLON = 10, MINUS = 11, ACCOUNTS = 60, ORDERS = 5000 };
static account accounts[ACCOUNTS];
static order orders[ORDERS];

// "number:number", with a mistake in every third or so
static void make_order(order *self) {
    int *codes = self->codes;
    int n = 0;
    for (int64_t i = 1 + random_below(2); i > 0; i--) codes[n++] = random_below(10);
    codes[n++] = COLON;
    for (int64_t i = 1 + random_below(3); i > 0; i--) codes[n++] = random_below(10);
    switch (random_below(10)) {
        case 0: codes[0] = MINUS; break;
        case 1: n--; break;
        case 2: codes[random_below(n)] = COLON; break;
        default: codes[n++] = MINUS;
    }
    self->count = n;
}

static error *parse_order(const order *codes, int64_t *which, int64_t *amount) {
    scanner s = { codes, 0 };
    error *e;
    if ((e = number(&s, which))) return e;
    if ((e = expect(&s, COLON))) return e;
    if ((e = number(&s, amount))) return e;
    return expect(&s, MINUS);
}

static error *process(const order *codes) {
    int64_t which, amount;
    error *e = parse_order(codes, &which, &amount);
    if (e) return e;
    if (which >= ACCOUNTS) return make_error(INDEX, "no such account", 0);
    if ((e = book(&accounts[which], amount))) return e;
    if (accounts[which].balance < 50) accounts[which].balance += 400;
    return NULL;
}

int main(void) {
    int64_t counts[4] = { 0 }, missing = 0, positions = 0;
    for (int i = 0; i < ACCOUNTS; i++) accounts[i].balance = 1000;
    for (int i = 0; i < ORDERS; i++) make_order(&orders[i]);
    for (int round = 0; round < 60; round++) {
        for (int i = 0; i < ORDERS; i++) {
            error *e = process(&orders[i]);
            if (!e) {
                counts[BOOKED]++;
                continue;
            }
            counts[e->kind]++;
            if (e->kind == PARSE) positions += e->detail;
            if (e->kind == FUNDS) missing += e->detail;
            free(e);
        }
    }
    printf("%lld %lld %lld %lld %lld %lld\n", (long long)counts[BOOKED], (long long)counts[PARSE], (long long)counts[FUNDS],
        (long long)counts[INDEX], (long long)missing, (long long)positions);
    int64_t balance = 0, refused = 0, open = 0;
    for (int i = 0; i < ACCOUNTS; i++) {
        balance += accounts[i].balance;
        refused += accounts[i].refused;
        open += accounts[i].open;
    }
    printf("%lld %lld %lld\n", (long long)balance, (long long)refused, (long long)open);
}
