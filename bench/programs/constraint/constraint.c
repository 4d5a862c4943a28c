// Keeps constraints between variables satisfied while some of them are edited, the strong ones before the weak ones, and
// makes plans for edits that come again and again. After the DeltaBlue algorithm (Freeman-Benson, Maloney, Borning, 1990).
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Strengths: the smaller, the stronger.
enum { REQUIRED, PREFERRED, STRONG_DEFAULT, NORMAL, WEAK_DEFAULT, WEAKEST };

enum direction { NONE, FORWARD, BACKWARD };
enum kind { STAY, EDIT, EQUAL, SCALE };

typedef struct { void **items; size_t length, capacity; } list;

static void list_push(list *self, void *item) {
    if (self->length == self->capacity) {
        self->capacity = self->capacity ? self->capacity * 2 : 4;
        self->items = realloc(self->items, self->capacity * sizeof *self->items);
    }
    self->items[self->length++] = item;
}

static void *list_pop(list *self) { return self->items[--self->length]; }

static void fail(const char *why) {
    fprintf(stderr, "%s\n", why);
    exit(1);
}

typedef struct constraint constraint;

typedef struct {
    char name[24];
    int64_t value;
    list constraints;
    constraint *determined_by;
    int64_t mark, walk_strength;
    bool stay;
} variable;

struct constraint {
    enum kind kind;
    int64_t strength;
    bool satisfied;             // of the unary kinds
    enum direction direction;   // of the binary kinds
    variable *first, *second, *scale, *offset;
};

static variable *variable_new(const char *name, int64_t number, int64_t value) {
    variable *self = calloc(1, sizeof *self);
    if (number < 0) snprintf(self->name, sizeof self->name, "%s", name);
    else snprintf(self->name, sizeof self->name, "%s%lld", name, (long long)number);
    self->value = value;
    self->walk_strength = WEAKEST;
    self->stay = true;
    return self;
}

static void variable_remove(variable *self, constraint *gone) {
    list *all = &self->constraints;
    for (size_t i = 0; i < all->length; i++) {
        if (all->items[i] == gone) {
            memmove(all->items + i, all->items + i + 1, (all->length - i - 1) * sizeof *all->items);
            all->length--;
            break;
        }
    }
    if (self->determined_by == gone) self->determined_by = NULL;
}

static constraint *constraint_new(enum kind kind, variable *first, variable *second, int64_t strength) {
    constraint *self = calloc(1, sizeof *self);
    self->kind = kind;
    self->first = first;
    self->second = second;
    self->strength = strength;
    return self;
}

static bool is_unary(const constraint *self) { return self->kind <= EDIT; }
static bool is_input(const constraint *self) { return self->kind == EDIT; }
static bool is_satisfied(const constraint *self) { return is_unary(self) ? self->satisfied : self->direction != NONE; }

static void mark_unsatisfied(constraint *self) {
    self->satisfied = false;
    self->direction = NONE;
}

static void add_to_graph(constraint *self) {
    list_push(&self->first->constraints, self);
    if (!is_unary(self)) list_push(&self->second->constraints, self);
    if (self->kind == SCALE) {
        list_push(&self->scale->constraints, self);
        list_push(&self->offset->constraints, self);
    }
    mark_unsatisfied(self);
}

static void remove_from_graph(constraint *self) {
    variable_remove(self->first, self);
    if (!is_unary(self)) variable_remove(self->second, self);
    if (self->kind == SCALE) {
        variable_remove(self->scale, self);
        variable_remove(self->offset, self);
    }
    mark_unsatisfied(self);
}

static void choose_method(constraint *self, int64_t mark) {
    variable *first = self->first, *second = self->second;
    if (is_unary(self)) {
        self->satisfied = first->mark != mark && self->strength < first->walk_strength;
        return;
    }
    self->direction = NONE;
    if (first->mark == mark) {
        if (second->mark != mark && self->strength < second->walk_strength) self->direction = FORWARD;
    } else if (second->mark == mark) {
        if (self->strength < first->walk_strength) self->direction = BACKWARD;
    } else if (first->walk_strength > second->walk_strength) {
        if (self->strength < first->walk_strength) self->direction = BACKWARD;
    } else if (self->strength < second->walk_strength) {
        self->direction = FORWARD;
    }
}

static variable *input_variable(const constraint *self) { return self->direction == FORWARD ? self->first : self->second; }

static variable *output_variable(const constraint *self) {
    return is_unary(self) || self->direction != FORWARD ? self->first : self->second;
}

static void mark_inputs(constraint *self, int64_t mark) {
    if (!is_unary(self)) input_variable(self)->mark = mark;
    if (self->kind == SCALE) {
        self->scale->mark = mark;
        self->offset->mark = mark;
    }
}

static bool inputs_known(const constraint *self, int64_t mark) {
    if (is_unary(self)) return true;
    variable *input = input_variable(self);
    return input->mark == mark || input->stay || input->determined_by == NULL;
}

static void constraint_execute(constraint *self) {
    if (self->kind == EQUAL) {
        output_variable(self)->value = input_variable(self)->value;
    } else if (self->kind == SCALE) {
        if (self->direction == FORWARD) {
            self->second->value = self->first->value * self->scale->value + self->offset->value;
        } else {
            self->first->value = (self->second->value - self->offset->value) / self->scale->value;
        }
    }
}

static void recalculate(constraint *self) {
    variable *out = output_variable(self);
    if (is_unary(self)) {
        out->walk_strength = self->strength;
        out->stay = !is_input(self);
    } else {
        variable *source = input_variable(self);
        out->walk_strength = self->strength > source->walk_strength ? self->strength : source->walk_strength;
        out->stay = source->stay && (self->kind == EQUAL || (self->scale->stay && self->offset->stay));
    }
    if (out->stay) constraint_execute(self);
}

typedef struct { int64_t mark; } planner;

static constraint *constraint_satisfy(constraint *self, planner *plans, int64_t mark);

static void planner_add(planner *self, constraint *added) {
    int64_t mark = ++self->mark;
    for (constraint *next = added; next != NULL;) next = constraint_satisfy(next, self, mark);
}

// Frees a variable and all that depended on it; gives the constraints that may now be satisfied instead.
static list planner_retract(variable *out) {
    out->determined_by = NULL;
    out->walk_strength = WEAKEST;
    out->stay = true;
    list unsatisfied = { 0 }, todo = { 0 };
    list_push(&todo, out);
    while (todo.length > 0) {
        variable *next = list_pop(&todo);
        for (size_t i = 0; i < next->constraints.length; i++) {
            constraint *other = next->constraints.items[i];
            if (!is_satisfied(other)) list_push(&unsatisfied, other);
        }
        constraint *determining = next->determined_by;
        for (size_t i = 0; i < next->constraints.length; i++) {
            constraint *other = next->constraints.items[i];
            if (other != determining && is_satisfied(other)) {
                recalculate(other);
                list_push(&todo, output_variable(other));
            }
        }
    }
    free(todo.items);
    return unsatisfied;
}

static void planner_remove(planner *self, constraint *gone) {
    variable *out = output_variable(gone);
    mark_unsatisfied(gone);
    remove_from_graph(gone);
    list unsatisfied = planner_retract(out);
    for (int64_t strength = REQUIRED; strength <= WEAKEST; strength++) {
        for (size_t i = 0; i < unsatisfied.length; i++) {
            constraint *other = unsatisfied.items[i];
            if (other->strength == strength) planner_add(self, other);
        }
    }
    free(unsatisfied.items);
}

// Puts the constraints that may use a variable's new value on a list.
static void add_consumers(variable *changed, list *todo) {
    constraint *determining = changed->determined_by;
    for (size_t i = 0; i < changed->constraints.length; i++) {
        constraint *other = changed->constraints.items[i];
        if (other != determining && is_satisfied(other)) list_push(todo, other);
    }
}

// Recalculates all that depends on a constraint that was just satisfied. False if it depends on itself.
static bool planner_propagate(planner *self, constraint *satisfied, int64_t mark) {
    list todo = { 0 };
    list_push(&todo, satisfied);
    while (todo.length > 0) {
        constraint *next = list_pop(&todo);
        variable *out = output_variable(next);
        if (out->mark == mark) {
            planner_remove(self, satisfied);
            free(todo.items);
            return false;
        }
        recalculate(next);
        add_consumers(out, &todo);
    }
    free(todo.items);
    return true;
}

// Tries to enforce this constraint; gives the one that it overrides, if any.
static constraint *constraint_satisfy(constraint *self, planner *plans, int64_t mark) {
    choose_method(self, mark);
    if (!is_satisfied(self)) {
        if (self->strength == REQUIRED) fail("a required constraint can't be satisfied");
        return NULL;
    }
    mark_inputs(self, mark);
    variable *out = output_variable(self);
    constraint *overridden = out->determined_by;
    if (overridden != NULL) mark_unsatisfied(overridden);
    out->determined_by = self;
    if (!planner_propagate(plans, self, mark)) fail("a cycle of constraints");
    out->mark = mark;
    return overridden;
}

static void post(constraint *self, planner *plans) {
    add_to_graph(self);
    planner_add(plans, self);
}

static void destroy(constraint *self, planner *plans) {
    if (is_satisfied(self)) planner_remove(plans, self);
    else remove_from_graph(self);
}

// The constraints to execute, in order, whenever the edited variable changes.
static list planner_plan_for(planner *self, constraint *edit) {
    list plan = { 0 }, todo = { 0 };
    if (is_input(edit) && is_satisfied(edit)) list_push(&todo, edit);
    int64_t mark = ++self->mark;
    while (todo.length > 0) {
        constraint *next = list_pop(&todo);
        variable *out = output_variable(next);
        if (out->mark != mark && inputs_known(next, mark)) {
            list_push(&plan, next);
            out->mark = mark;
            add_consumers(out, &todo);
        }
    }
    free(todo.items);
    return plan;
}

static void execute(const list *plan) {
    for (size_t i = 0; i < plan->length; i++) constraint_execute(plan->items[i]);
}

// A long chain of equalities, with an edit at its beginning and a stay at its end.
static int64_t chain_test(int64_t n) {
    planner plans = { 0 };
    list variables = { 0 };
    for (int64_t i = 0; i <= n; i++) {
        variable *made = variable_new("v", i, 0);
        if (i > 0) post(constraint_new(EQUAL, variables.items[i - 1], made, REQUIRED), &plans);
        list_push(&variables, made);
    }
    variable *first = variables.items[0], *last = variables.items[n];
    post(constraint_new(STAY, last, NULL, STRONG_DEFAULT), &plans);
    constraint *edit = constraint_new(EDIT, first, NULL, PREFERRED);
    post(edit, &plans);
    list plan = planner_plan_for(&plans, edit);
    int64_t sum = 0;
    for (int64_t i = 0; i < 100; i++) {
        first->value = i;
        execute(&plan);
        if (last->value != i) fail("chain test failed");
        sum += last->value;
    }
    destroy(edit, &plans);
    return sum;
}

static void change(planner *plans, variable *changed, int64_t value) {
    constraint *edit = constraint_new(EDIT, changed, NULL, PREFERRED);
    post(edit, plans);
    list plan = planner_plan_for(plans, edit);
    for (int i = 0; i < 10; i++) {
        changed->value = value;
        execute(&plan);
    }
    destroy(edit, plans);
}

// Pairs of variables, the second a linear function of the first by a scale and an offset that all pairs share.
static int64_t projection_test(int64_t n) {
    planner plans = { 0 };
    variable *scale = variable_new("scale", -1, 10), *offset = variable_new("offset", -1, 1000);
    variable *source = NULL, *target = NULL;
    list targets = { 0 };
    for (int64_t i = 0; i < n; i++) {
        source = variable_new("source", i, i);
        target = variable_new("target", i, i);
        list_push(&targets, target);
        post(constraint_new(STAY, source, NULL, NORMAL), &plans);
        constraint *scaled = constraint_new(SCALE, source, target, REQUIRED);
        scaled->scale = scale;
        scaled->offset = offset;
        post(scaled, &plans);
    }
    int64_t sum = 0;
    change(&plans, source, 17);
    if (target->value != 1170) fail("projection 1 failed");
    change(&plans, target, 1050);
    if (source->value != 5) fail("projection 2 failed");
    change(&plans, scale, 5);
    for (int64_t i = 0; i < n - 1; i++) {
        if (((variable *)targets.items[i])->value != i * 5 + 1000) fail("projection 3 failed");
        sum += ((variable *)targets.items[i])->value;
    }
    change(&plans, offset, 2000);
    for (int64_t i = 0; i < n - 1; i++) {
        if (((variable *)targets.items[i])->value != i * 5 + 2000) fail("projection 4 failed");
        sum += ((variable *)targets.items[i])->value;
    }
    return sum;
}

int main(void) {
    int64_t chain = 0, projection = 0;
    for (int i = 0; i < 8; i++) {
        chain += chain_test(3000);
        projection += projection_test(3000);
    }
    printf("%lld %lld\n", (long long)chain, (long long)projection);
}
