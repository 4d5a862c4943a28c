// A toy machine with a stack, a memory and twenty instructions; an assembler for it; and four programs.
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    HALT, PUSH, POP, DUP, SWAP, ADD, SUB, MUL, DIV, MOD,
    LESS, LOAD, STORE, FETCH, PUT, JUMP, JZERO, CALL, RET, PRINT
};
static const char *const NAMES[] = {
    "halt", "push", "pop", "dup", "swap", "add", "sub", "mul", "div", "mod",
    "less", "load", "store", "fetch", "put", "jump", "jzero", "call", "ret", "print"
};

static bool has_operand(int op) {
    return op == PUSH || op == LOAD || op == STORE || op == JUMP || op == JZERO || op == CALL;
}

typedef struct {
    char name[16];
    int64_t place;
} label;

// Every instruction takes two cells. Labels end with a colon; operands are numbers or labels.
static int64_t *assemble(const char *text) {
    int64_t *code = malloc(1000 * sizeof *code);
    label labels[32], missing[256];
    int size = 0, label_count = 0, missing_count = 0;
    char *copy = strdup(text), *rest = NULL;
    for (char *word = strtok_r(copy, " \n", &rest); word; word = strtok_r(NULL, " \n", &rest)) {
        size_t length = strlen(word);
        if (word[length - 1] == ':') {
            label *l = &labels[label_count++];
            memcpy(l->name, word, length - 1);
            l->name[length - 1] = 0;
            l->place = size;
            continue;
        }
        int op = 0;
        while (op < 20 && strcmp(NAMES[op], word) != 0) op++;
        if (op == 20) abort();
        code[size++] = op;
        code[size++] = 0;
        if (has_operand(op)) {
            label *l = &missing[missing_count++];
            strcpy(l->name, strtok_r(NULL, " \n", &rest));
            l->place = size - 1;
        }
    }
    for (int i = 0; i < missing_count; i++) {
        int64_t value = atoll(missing[i].name);
        for (int k = 0; k < label_count; k++) {
            if (strcmp(labels[k].name, missing[i].name) == 0) value = labels[k].place;
        }
        code[missing[i].place] = value;
    }
    free(copy);
    return code;
}

typedef struct {
    int64_t *code;
    int64_t stack[256], calls[256], memory[4000], output[16];
    int64_t pc, steps;
    int top, depth, outputs;
} machine;

static void run(machine *self) {
    const int64_t *code = self->code;
    int64_t *stack = self->stack, *memory = self->memory;
    int64_t pc = 0, steps = 0;
    int top = 0;
    for (;;) {
        int64_t op = code[pc], operand = code[pc + 1];
        pc += 2;
        steps++;
        switch (op) {
            case HALT:
                self->pc = pc;
                self->steps = steps;
                return;
            case PUSH: stack[top++] = operand; break;
            case POP: top--; break;
            case DUP: stack[top] = stack[top - 1]; top++; break;
            case SWAP: {
                int64_t b = stack[top - 1];
                stack[top - 1] = stack[top - 2];
                stack[top - 2] = b;
                break;
            }
            case ADD: top--; stack[top - 1] += stack[top]; break;
            case SUB: top--; stack[top - 1] -= stack[top]; break;
            case MUL: top--; stack[top - 1] *= stack[top]; break;
            case DIV: top--; stack[top - 1] /= stack[top]; break;
            case MOD: top--; stack[top - 1] %= stack[top]; break;
            case LESS: top--; stack[top - 1] = stack[top - 1] < stack[top]; break;
            case LOAD: stack[top++] = memory[operand]; break;
            case STORE: memory[operand] = stack[--top]; break;
            case FETCH: stack[top - 1] = memory[stack[top - 1]]; break;
            case PUT: top -= 2; memory[stack[top + 1]] = stack[top]; break;
            case JUMP: pc = operand; break;
            case JZERO:
                if (stack[--top] == 0) pc = operand;
                break;
            case CALL:
                self->calls[self->depth++] = pc;
                pc = operand;
                break;
            case RET: pc = self->calls[--self->depth]; break;
            case PRINT: self->output[self->outputs++] = stack[--top]; break;
            default: abort();
        }
    }
}

// Counts the primes below 3000 with a sieve.
static const char PRIMES[] =
    "push 2 store 0\n"
    "outer: load 0 push 3000 less jzero done\n"
    "load 0 push 100 add fetch jzero prime jump next\n"
    "prime: load 1 push 1 add store 1 load 0 dup add store 2\n"
    "inner: load 2 push 3000 less jzero next\n"
    "push 1 load 2 push 100 add put load 2 load 0 add store 2 jump inner\n"
    "next: load 0 push 1 add store 0 jump outer\n"
    "done: load 1 print halt";

// Finds the longest Collatz sequence that begins below 600.
static const char COLLATZ[] =
    "push 1 store 0\n"
    "outer: load 0 push 600 less jzero done push 0 store 1 load 0\n"
    "step: dup push 1 swap less jzero end\n"
    "load 1 push 1 add store 1 dup push 2 mod jzero even\n"
    "push 3 mul push 1 add jump step\n"
    "even: push 2 div jump step\n"
    "end: pop load 2 load 1 less jzero next load 1 store 2 load 0 store 3\n"
    "next: load 0 push 1 add store 0 jump outer\n"
    "done: load 3 print load 2 print halt";

// The 19th Fibonacci number by recursion.
static const char FIBONACCI[] =
    "push 19 call fib print halt\n"
    "fib: dup push 2 less jzero more ret\n"
    "more: dup push 1 sub call fib swap push 2 sub call fib add ret";

// Sorts 100 numbers by exchanges of neighbours.
static const char SORT[] =
    "push 1 store 0\n"
    "make: load 0 push 101 less jzero sort load 4 push 75 mul push 74 add push 65537 mod store 4\n"
    "load 4 load 0 push 100 add put load 0 push 1 add store 0 jump make\n"
    "sort: push 100 store 1\n"
    "round: push 1 load 1 less jzero show push 1 store 0\n"
    "pass: load 0 load 1 less jzero lower\n"
    "load 0 push 101 add fetch load 0 push 100 add fetch less jzero keep\n"
    "load 0 push 101 add fetch store 2 load 0 push 100 add fetch load 0 push 101 add put\n"
    "load 2 load 0 push 100 add put\n"
    "keep: load 0 push 1 add store 0 jump pass\n"
    "lower: load 1 push 1 sub store 1 jump round\n"
    "show: push 101 fetch print push 150 fetch print push 200 fetch print halt";

int main(void) {
    const char *const texts[] = { PRIMES, COLLATZ, FIBONACCI, SORT };
    int64_t total = 0;
    for (int round = 1; round <= 24; round++) {
        for (int i = 0; i < 4; i++) {
            machine *m = calloc(1, sizeof *m);
            m->code = assemble(texts[i]);
            run(m);
            total += m->steps;
            if (round == 1) {
                for (int k = 0; k < m->outputs; k++) printf("%lld ", (long long)m->output[k]);
                printf("%lld\n", (long long)m->steps);
            }
            free(m->code);
            free(m);
        }
    }
    printf("%lld\n", (long long)total);
}
