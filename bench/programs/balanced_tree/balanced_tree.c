// An AVL tree as a map from ints to ints: insertions, look-ups, deletions, walks in order and checks of the balance.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct node node;
struct node {
    node *left, *right;
    int64_t height, key, value;
};

static node *new_node(int64_t key, int64_t value) {
    node *self = malloc(sizeof *self);
    *self = (node){ NULL, NULL, 1, key, value };
    return self;
}

static int64_t height(const node *self) { return self ? self->height : 0; }

static void update(node *self) {
    int64_t left = height(self->left), right = height(self->right);
    self->height = (left > right ? left : right) + 1;
}

static node *rotate_right(node *self) {
    node *top = self->left;
    self->left = top->right;
    top->right = self;
    update(self);
    update(top);
    return top;
}

static node *rotate_left(node *self) {
    node *top = self->right;
    self->right = top->left;
    top->left = self;
    update(self);
    update(top);
    return top;
}

static node *balance(node *self) {
    update(self);
    int64_t difference = height(self->left) - height(self->right);
    if (difference > 1) {
        if (height(self->left->left) < height(self->left->right)) self->left = rotate_left(self->left);
        return rotate_right(self);
    } else if (difference < -1) {
        if (height(self->right->right) < height(self->right->left)) self->right = rotate_right(self->right);
        return rotate_left(self);
    }
    return self;
}

static node *insert_node(node *self, int64_t key, int64_t value) {
    if (!self) return new_node(key, value);
    if (key < self->key) {
        self->left = insert_node(self->left, key, value);
    } else if (key > self->key) {
        self->right = insert_node(self->right, key, value);
    } else {
        self->value = value;
        return self;
    }
    return balance(self);
}

static node *least(node *self) {
    while (self->left) self = self->left;
    return self;
}

static node *delete_node(node *self, int64_t key) {
    if (!self) return NULL;
    if (key < self->key) {
        self->left = delete_node(self->left, key);
    } else if (key > self->key) {
        self->right = delete_node(self->right, key);
    } else if (!self->left || !self->right) {
        node *rest = self->left ? self->left : self->right;
        free(self);
        return rest;
    } else {
        node *next = least(self->right);
        self->key = next->key;
        self->value = next->value;
        self->right = delete_node(self->right, next->key);
    }
    return balance(self);
}

typedef struct {
    int64_t order, last;
} visitor;

static void visit(visitor *self, int64_t key, int64_t value) {
    if (key <= self->last) abort();
    self->last = key;
    self->order = (self->order * 31 + key + value) % 250003;
}

static void walk(const node *self, void (*visit)(visitor *, int64_t, int64_t), visitor *v) {
    if (!self) return;
    walk(self->left, visit, v);
    visit(v, self->key, self->value);
    walk(self->right, visit, v);
}

// The number of nodes, or -1 if the tree is out of balance.
static int64_t check(const node *self) {
    if (!self) return 0;
    int64_t left = check(self->left), right = check(self->right);
    if (left < 0 || right < 0 || llabs(height(self->left) - height(self->right)) > 1) return -1;
    return left + right + 1;
}

static const node *find(const node *root, int64_t key) {
    while (root && root->key != key) root = key < root->key ? root->left : root->right;
    return root;
}

static int64_t state = 42;
static int64_t random_below(int64_t n) {
    state = state * 16807 % 2147483647;
    return state % n;
}

int main(void) {
    node *root = NULL;
    for (int round = 1; round <= 4; round++) {
        for (int64_t i = 0; i < 10000; i++) root = insert_node(root, random_below(25000), i);
        int64_t found = 0, sum = 0;
        for (int64_t i = 0; i < 25000; i++) {
            const node *n = find(root, random_below(25000));
            if (n) {
                found++;
                sum += n->value;
            }
        }
        for (int64_t i = 0; i < 7500; i++) root = delete_node(root, random_below(25000));
        visitor v = { 0, -1 };
        walk(root, visit, &v);
        printf("%lld %lld %lld %lld %lld\n", (long long)check(root), (long long)height(root), (long long)found,
            (long long)sum, (long long)v.order);
    }
}
