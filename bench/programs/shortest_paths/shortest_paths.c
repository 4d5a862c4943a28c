// Shortest paths in a graph of towns and roads, by Dijkstra's algorithm with a binary heap: in a random graph and in a grid.
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct town town;

typedef struct { town *to; int64_t length; } road;

struct town {
    int64_t number;
    road *roads;
    int64_t road_count, road_capacity;
    int64_t distance;
    town *previous;
};

typedef struct { town *town; int64_t distance; } stop;

typedef struct {
    stop **items;
    int64_t length, capacity;
    bool (*is_before)(const stop *, const stop *);
} heap;

static void heap_push(heap *self, stop *item) {
    if (self->length == self->capacity) {
        self->capacity = self->capacity ? self->capacity * 2 : 16;
        self->items = realloc(self->items, self->capacity * sizeof *self->items);
    }
    stop **items = self->items;
    int64_t at = self->length++;
    while (at > 0) {
        int64_t parent = (at - 1) / 2;
        if (!self->is_before(item, items[parent])) break;
        items[at] = items[parent];
        at = parent;
    }
    items[at] = item;
}

static stop *heap_pop(heap *self) {
    stop **items = self->items, *top = items[0], *item = items[--self->length];
    int64_t size = self->length;
    if (size > 0) {
        int64_t at = 0;
        for (;;) {
            int64_t child = 2 * at + 1;
            if (child >= size) break;
            if (child + 1 < size && self->is_before(items[child + 1], items[child])) child++;
            if (!self->is_before(items[child], item)) break;
            items[at] = items[child];
            at = child;
        }
        items[at] = item;
    }
    return top;
}

static bool is_nearer(const stop *a, const stop *b) { return a->distance < b->distance; }

typedef struct { town *towns; int64_t size; } graph;

static graph graph_new(int64_t size) {
    graph made = { calloc(size, sizeof(town)), size };
    for (int64_t i = 0; i < size; i++) made.towns[i].number = i;
    return made;
}

static void add_road(town *from, town *to, int64_t length) {
    if (from->road_count == from->road_capacity) {
        from->road_capacity = from->road_capacity ? from->road_capacity * 2 : 4;
        from->roads = realloc(from->roads, from->road_capacity * sizeof *from->roads);
    }
    from->roads[from->road_count++] = (road){ to, length };
}

static void connect(graph *self, int64_t a, int64_t b, int64_t length) {
    add_road(&self->towns[a], &self->towns[b], length);
    add_road(&self->towns[b], &self->towns[a], length);
}

static stop *stop_new(town *at, int64_t distance) {
    stop *made = malloc(sizeof *made);
    *made = (stop){ at, distance };
    return made;
}

// Sets all distances from a town; gives the number of towns that can be reached.
static int64_t measure_from(graph *self, int64_t start) {
    for (int64_t i = 0; i < self->size; i++) {
        self->towns[i].distance = INT64_MAX;
        self->towns[i].previous = NULL;
    }
    heap todo = { .is_before = is_nearer };
    self->towns[start].distance = 0;
    heap_push(&todo, stop_new(&self->towns[start], 0));
    int64_t reached = 0;
    while (todo.length > 0) {
        stop *next = heap_pop(&todo);
        town *at = next->town;
        if (next->distance == at->distance) {
            reached++;
            for (int64_t i = 0; i < at->road_count; i++) {
                road *by = &at->roads[i];
                int64_t distance = at->distance + by->length;
                if (distance < by->to->distance) {
                    by->to->distance = distance;
                    by->to->previous = at;
                    heap_push(&todo, stop_new(by->to, distance));
                }
            }
        }
        free(next);
    }
    free(todo.items);
    return reached;
}

static int64_t next_random(int64_t n) {
    static int64_t random = 2026;
    random = random * 16807 % 2147483647;
    return random % n;
}

static graph random_graph(int64_t size, int64_t roads) {
    graph made = graph_new(size);
    for (int64_t i = 1; i < size; i++) {
        int64_t other = next_random(i);
        connect(&made, i, other, 1 + next_random(100));
    }
    for (int64_t i = 0; i < roads; i++) {
        int64_t a = next_random(size), b = next_random(size);
        connect(&made, a, b, 1 + next_random(1000));
    }
    return made;
}

static graph grid_graph(int64_t width, int64_t height) {
    graph made = graph_new(width * height);
    for (int64_t y = 0; y < height; y++) {
        for (int64_t x = 0; x < width; x++) {
            int64_t at = y * width + x;
            if (x + 1 < width) connect(&made, at, at + 1, 1 + next_random(9));
            if (y + 1 < height) connect(&made, at, at + width, 1 + next_random(9));
        }
    }
    return made;
}

static void report(const char *name, graph self, int64_t end, int64_t step) {
    int64_t total = 0, farthest = 0, length = 0, first = 0, last = 0;
    for (int64_t start = 0; start < end; start += step) {
        if (measure_from(&self, start) != self.size) abort();
        for (int64_t i = 0; i < self.size; i++) {
            town *goal = &self.towns[i];
            total += goal->distance;
            if (goal->distance > farthest) {
                farthest = goal->distance;
                length = 0;
                last = goal->number;
                for (town *at = goal; at != NULL; at = at->previous) {
                    length++;
                    first = at->number;
                }
            }
        }
    }
    printf("%s: sum %lld, farthest %lld by %lld towns, from %lld to %lld\n", name, (long long)total, (long long)farthest,
           (long long)length, (long long)first, (long long)last);
}

int main(void) {
    report("random", random_graph(5000, 15000), 5000, 400);
    report("grid", grid_graph(70, 70), 4900, 300);
}
