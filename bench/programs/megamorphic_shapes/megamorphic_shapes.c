// Eight kinds of shapes in one scene: areas, perimeters, hit tests and scaling, each by a call through a table of functions.
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct shape shape;
typedef struct {
    const char *name;
    double (*area)(const shape *);
    double (*perimeter)(const shape *);
    bool (*contains)(const shape *, double, double);
    double (*size)(const shape *);
    void (*set_size)(shape *, double);
} methods;

struct shape {
    const methods *class;
    double x, y, s, t;
};

static double size(const shape *self) { return self->s; }
static void set_size(shape *self, double s) { self->s = s; }
static void set_sizes(shape *self, double s) {
    self->t = self->t * s / self->s;
    self->s = s;
}

static double circle_area(const shape *self) { return M_PI * self->s * self->s; }
static double circle_perimeter(const shape *self) { return 2 * M_PI * self->s; }
static bool circle_contains(const shape *self, double px, double py) {
    double dx = px - self->x, dy = py - self->y;
    return dx * dx + dy * dy <= self->s * self->s;
}

static double square_area(const shape *self) { return self->s * self->s; }
static double square_perimeter(const shape *self) { return 4 * self->s; }
static bool square_contains(const shape *self, double px, double py) {
    return px >= self->x && py >= self->y && px <= self->x + self->s && py <= self->y + self->s;
}

static double rectangle_area(const shape *self) { return self->s * self->t; }
static double rectangle_perimeter(const shape *self) { return 2 * (self->s + self->t); }
static bool rectangle_contains(const shape *self, double px, double py) {
    return px >= self->x && py >= self->y && px <= self->x + self->s && py <= self->y + self->t;
}

static double triangle_area(const shape *self) { return self->s * self->s / 2; }
static double triangle_perimeter(const shape *self) { return self->s * (2 + sqrt(2)); }
static bool triangle_contains(const shape *self, double px, double py) {
    double u = px - self->x, v = py - self->y;
    return u >= 0 && v >= 0 && u + v <= self->s;
}

static double hexagon_area(const shape *self) { return 1.5 * sqrt(3) * self->s * self->s; }
static double hexagon_perimeter(const shape *self) { return 6 * self->s; }
static bool hexagon_contains(const shape *self, double px, double py) {
    double u = fabs(px - self->x), v = fabs(py - self->y);
    return u <= self->s && v * 2 <= sqrt(3) * self->s && sqrt(3) * u + v <= sqrt(3) * self->s;
}

static double ellipse_area(const shape *self) { return M_PI * self->s * self->t; }
static double ellipse_perimeter(const shape *self) {
    double a = self->s, b = self->t;
    return M_PI * (3 * (a + b) - sqrt((3 * a + b) * (a + 3 * b)));
}
static bool ellipse_contains(const shape *self, double px, double py) {
    double u = (px - self->x) / self->s, v = (py - self->y) / self->t;
    return u * u + v * v <= 1;
}

static double ring_area(const shape *self) { return circle_area(self) - M_PI * self->t * self->t; }
static double ring_perimeter(const shape *self) { return circle_perimeter(self) + 2 * M_PI * self->t; }
static bool ring_contains(const shape *self, double px, double py) {
    double dx = px - self->x, dy = py - self->y;
    return circle_contains(self, px, py) && dx * dx + dy * dy >= self->t * self->t;
}

static double diamond_area(const shape *self) { return 2 * self->s * self->s; }
static double diamond_perimeter(const shape *self) { return 4 * sqrt(2) * self->s; }
static bool diamond_contains(const shape *self, double px, double py) {
    return fabs(px - self->x) + fabs(py - self->y) <= self->s;
}

static const methods CLASSES[] = {
    { "circle", circle_area, circle_perimeter, circle_contains, size, set_size },
    { "square", square_area, square_perimeter, square_contains, size, set_size },
    { "rectangle", rectangle_area, rectangle_perimeter, rectangle_contains, size, set_sizes },
    { "triangle", triangle_area, triangle_perimeter, triangle_contains, size, set_size },
    { "hexagon", hexagon_area, hexagon_perimeter, hexagon_contains, size, set_size },
    { "ellipse", ellipse_area, ellipse_perimeter, ellipse_contains, size, set_sizes },
    { "ring", ring_area, ring_perimeter, ring_contains, size, set_size },
    { "diamond", diamond_area, diamond_perimeter, diamond_contains, size, set_size },
};

static int64_t state = 7;
static double random_to(double limit) {
    state = state * 16807 % 2147483647;
    return (double)(state % 100000) / 100000 * limit;
}

static shape *make_shape(void) {
    shape *self = malloc(sizeof *self);
    int kind = (int)random_to(8);
    self->class = &CLASSES[kind];
    self->x = random_to(100);
    self->y = random_to(100);
    self->s = 1 + random_to(10);
    self->t = 0;
    if (kind == 2) self->t = self->s + random_to(5);
    if (kind == 5) self->t = self->s / 2;
    if (kind == 6) self->t = self->s / 3;
    return self;
}

enum { COUNT = 1000 };
static shape *shapes[COUNT];

static double total_area(void) {
    double sum = 0.0;
    for (int i = 0; i < COUNT; i++) sum += shapes[i]->class->area(shapes[i]);
    return sum;
}

static double total_perimeter(void) {
    double sum = 0.0;
    for (int i = 0; i < COUNT; i++) sum += shapes[i]->class->perimeter(shapes[i]);
    return sum;
}

static int64_t hits(double px, double py) {
    int64_t count = 0;
    for (int i = 0; i < COUNT; i++) {
        if (shapes[i]->class->contains(shapes[i], px, py)) count++;
    }
    return count;
}

int main(void) {
    for (int i = 0; i < COUNT; i++) shapes[i] = make_shape();
    for (int i = 0; i < 8; i++) {
        const shape *s = shapes[i];
        printf("%s at %d, %d\n", s->class->name, (int)floor(s->x), (int)floor(s->y));
    }
    int64_t inside = 0;
    for (int round = 0; round < 1500; round++) {
        double px = random_to(100), py = random_to(100);
        inside += hits(px, py);
        double factor = round % 2 == 0 ? 1.25 : 0.8;
        for (int i = 0; i < COUNT; i++) {
            shape *s = shapes[i];
            s->class->set_size(s, s->class->size(s) * factor);
            s->x += factor - 1;
            s->y += 1 - factor;
        }
        if (round % 300 == 0) printf("%.4f %.4f %lld\n", total_area(), total_perimeter(), (long long)inside);
    }
    double area = 0.0;
    for (int round = 0; round < 1000; round++) area += total_area() - total_perimeter();
    printf("%.4f %lld\n", area / 1000, (long long)inside);
}
