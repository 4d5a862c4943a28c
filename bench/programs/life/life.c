// Conway's game of life on a torus: a glider, a gun, and a soup of random cells.
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct {
    int64_t width, height, **cells, **next, generation;
} world;

static int64_t modulo(int64_t a, int64_t b) {
    int64_t rest = a % b;
    return rest < 0 ? rest + b : rest;
}

static int64_t **blank(int64_t width, int64_t height) {
    int64_t **rows = malloc(height * sizeof *rows);
    for (int64_t y = 0; y < height; y++) rows[y] = calloc(width, sizeof **rows);
    return rows;
}

static world *world_new(int64_t width, int64_t height) {
    world *self = malloc(sizeof *self);
    *self = (world){ width, height, blank(width, height), blank(width, height), 0 };
    return self;
}

// Puts a pattern of `#` and `.` down, its upper left corner at x, y.
static void place(world *self, int64_t x, int64_t y, const char *const *pattern, int64_t lines) {
    for (int64_t dy = 0; dy < lines; dy++) {
        for (int64_t dx = 0; pattern[dy][dx] != 0; dx++) {
            if (pattern[dy][dx] == '#') self->cells[(y + dy) % self->height][(x + dx) % self->width] = 1;
        }
    }
}

static int64_t neighbours(const world *self, int64_t x, int64_t y) {
    int64_t count = 0;
    for (int64_t dy = -1; dy <= 1; dy++) {
        for (int64_t dx = -1; dx <= 1; dx++) {
            if (dx != 0 || dy != 0) count += self->cells[modulo(y + dy, self->height)][modulo(x + dx, self->width)];
        }
    }
    return count;
}

static void step(world *self) {
    for (int64_t y = 0; y < self->height; y++) {
        int64_t *row = self->next[y];
        for (int64_t x = 0; x < self->width; x++) {
            int64_t count = neighbours(self, x, y);
            bool alive = self->cells[y][x] == 1;
            row[x] = count == 3 || (alive && count == 2) ? 1 : 0;
        }
    }
    int64_t **swapped = self->cells;
    self->cells = self->next;
    self->next = swapped;
    self->generation++;
}

static int64_t population(const world *self) {
    int64_t count = 0;
    for (int64_t y = 0; y < self->height; y++) {
        for (int64_t x = 0; x < self->width; x++) count += self->cells[y][x];
    }
    return count;
}

// A number that tells worlds apart.
static int64_t checksum(const world *self) {
    int64_t sum = 0;
    for (int64_t y = 0; y < self->height; y++) {
        for (int64_t x = 0; x < self->width; x++) sum = (sum * 31 + self->cells[y][x] + 7) % 1000003;
    }
    return sum;
}

static void show(const world *self) {
    for (int64_t y = 0; y < self->height; y++) {
        for (int64_t x = 0; x < self->width; x++) putchar(self->cells[y][x] == 1 ? '#' : '.');
        putchar('\n');
    }
}

static const char *const GLIDER[] = {
    ".#.",
    "..#",
    "###",
};
static const char *const GUN[] = {
    "........................#...........",
    "......................#.#...........",
    "............##......##............##",
    "...........#...#....##............##",
    "##........#.....#...##..............",
    "##........#...#.##....#.#...........",
    "..........#.....#.......#...........",
    "...........#...#....................",
    "............##......................",
};

int main(void) {
    world *small = world_new(12, 8);
    place(small, 1, 1, GLIDER, sizeof GLIDER / sizeof *GLIDER);
    for (int i = 0; i < 20; i++) step(small);
    show(small);

    world *guns = world_new(80, 60);
    place(guns, 2, 2, GUN, sizeof GUN / sizeof *GUN);
    for (int i = 0; i < 200; i++) {
        step(guns);
        if (guns->generation % 50 == 0) {
            printf("gun: %lld %lld\n", (long long)guns->generation, (long long)population(guns));
        }
    }

    world *soup = world_new(96, 64);
    int64_t random = 7;
    for (int64_t y = 0; y < soup->height; y++) {
        for (int64_t x = 0; x < soup->width; x++) {
            random = random * 16807 % 2147483647;
            if (random % 3 == 0) soup->cells[y][x] = 1;
        }
    }
    for (int i = 0; i < 250; i++) step(soup);
    printf("soup: %lld %lld %lld\n", (long long)soup->generation, (long long)population(soup), (long long)checksum(soup));
}
