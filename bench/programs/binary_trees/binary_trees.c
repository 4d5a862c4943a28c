// Trees of two kinds: complete ones that are made, counted and dropped, and search trees that grow in random order.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct tree { struct tree *left, *right; } tree;

static tree *tree_new(tree *left, tree *right) {
    tree *self = malloc(sizeof *self);
    *self = (tree){ left, right };
    return self;
}

static int64_t tree_count(const tree *self) {
    if (self->left == NULL) return 1;
    return 1 + tree_count(self->left) + tree_count(self->right);
}

static void tree_free(tree *self) {
    if (self->left != NULL) {
        tree_free(self->left);
        tree_free(self->right);
    }
    free(self);
}

static tree *complete_tree(int64_t depth) {
    if (depth == 0) return tree_new(NULL, NULL);
    tree *left = complete_tree(depth - 1);
    return tree_new(left, complete_tree(depth - 1));
}

static void complete_trees(int64_t max_depth) {
    const int64_t min_depth = 4;
    tree *stretch = complete_tree(max_depth + 1);
    printf("stretch tree of depth %lld: %lld\n", (long long)max_depth + 1, (long long)tree_count(stretch));
    tree_free(stretch);
    tree *long_lived = complete_tree(max_depth);
    for (int64_t depth = min_depth; depth <= max_depth; depth += 2) {
        int64_t rounds = 1LL << (max_depth - depth + min_depth), total = 0;
        for (int64_t i = 0; i < rounds; i++) {
            tree *made = complete_tree(depth);
            total += tree_count(made);
            tree_free(made);
        }
        printf("%lld trees of depth %lld: %lld\n", (long long)rounds, (long long)depth, (long long)total);
    }
    printf("long lived tree of depth %lld: %lld\n", (long long)max_depth, (long long)tree_count(long_lived));
    tree_free(long_lived);
}

typedef struct node {
    int64_t key, times;
    struct node *left, *right;
} node;

typedef struct { node *root; int64_t size; } search_tree;

static node *node_new(int64_t key) {
    node *self = malloc(sizeof *self);
    *self = (node){ key, 1, NULL, NULL };
    return self;
}

static void search_tree_insert(search_tree *self, int64_t key) {
    node **place = &self->root;
    while (*place != NULL) {
        node *at = *place;
        if (key == at->key) {
            at->times++;
            return;
        }
        place = key < at->key ? &at->left : &at->right;
    }
    *place = node_new(key);
    self->size++;
}

static int64_t search_tree_times(const search_tree *self, int64_t key) {
    for (const node *at = self->root; at != NULL; at = key < at->key ? at->left : at->right) {
        if (key == at->key) return at->times;
    }
    return 0;
}

static int64_t height(const node *at) {
    if (at == NULL) return 0;
    int64_t left = height(at->left), right = height(at->right);
    return 1 + (left > right ? left : right);
}

typedef struct { int64_t at, sum; } state;

// Calls visit with each key, in order.
static void walk(const node *at, void (*visit)(int64_t, int64_t, state *), state *with) {
    if (at != NULL) {
        walk(at->left, visit, with);
        visit(at->key, at->times, with);
        walk(at->right, visit, with);
    }
}

static void add(int64_t key, int64_t times, state *with) {
    with->at++;
    with->sum += (key - with->at) * times;
}

static void node_free(node *at) {
    if (at != NULL) {
        node_free(at->left);
        node_free(at->right);
        free(at);
    }
}

static void search_trees(int64_t rounds, int64_t size) {
    int64_t random = 42, sum = 0, heights = 0;
    for (int64_t round = 0; round < rounds; round++) {
        search_tree made = { NULL, 0 };
        for (int64_t i = 0; i < size; i++) {
            random = random * 16807 % 2147483647;
            search_tree_insert(&made, random % size);
        }
        for (int64_t key = 0; key < size; key++) sum += search_tree_times(&made, key) * key;
        heights += height(made.root);
        state with = { 0, sum };
        walk(made.root, add, &with);
        sum = with.sum;
        node_free(made.root);
    }
    printf("search trees: %lld, heights: %lld\n", (long long)sum, (long long)heights);
}

int main(void) {
    complete_trees(14);
    search_trees(10, 20000);
}
