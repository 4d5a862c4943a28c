// Draws spheres and a chequered floor by following rays of light, with shadows and reflections.
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

typedef struct { double x, y, z; } vector;

static vector plus(vector a, vector b) { return (vector){ a.x + b.x, a.y + b.y, a.z + b.z }; }
static vector minus(vector a, vector b) { return (vector){ a.x - b.x, a.y - b.y, a.z - b.z }; }
static vector times(vector a, double k) { return (vector){ a.x * k, a.y * k, a.z * k }; }
static vector mix(vector a, vector b) { return (vector){ a.x * b.x, a.y * b.y, a.z * b.z }; }
static double dot(vector a, vector b) { return a.x * b.x + a.y * b.y + a.z * b.z; }
static double length(vector a) { return sqrt(dot(a, a)); }
static vector unit(vector a) { return times(a, 1.0 / length(a)); }
static vector reflect(vector a, vector normal) { return minus(a, times(normal, 2.0 * dot(a, normal))); }

typedef struct { vector origin, direction; } ray;

static vector ray_at(const ray *self, double distance) { return plus(self->origin, times(self->direction, distance)); }

typedef struct { vector colour; double diffuse, specular, mirror; } material;

static const double NEAREST = 0.0001;

// Spheres have a centre and a radius, the floor a height and a second colour.
typedef struct thing thing;
struct thing {
    double (*hit)(const thing *, const ray *);
    vector (*normal_at)(const thing *, vector);
    vector (*colour_at)(const thing *, vector);
    material material;
    vector centre;
    double radius, height;
    vector other_colour;
};

// The distance at which a ray meets the sphere; infinity if it doesn't.
static double sphere_hit(const thing *self, const ray *along) {
    vector offset = minus(along->origin, self->centre);
    double b = dot(offset, along->direction);
    double c = dot(offset, offset) - self->radius * self->radius;
    double discriminant = b * b - c;
    if (discriminant < 0.0) return INFINITY;
    double root = sqrt(discriminant);
    if (-b - root > NEAREST) return -b - root;
    if (-b + root > NEAREST) return -b + root;
    return INFINITY;
}

static vector sphere_normal_at(const thing *self, vector point) {
    return times(minus(point, self->centre), 1.0 / self->radius);
}

static vector sphere_colour_at(const thing *self, vector point) {
    (void)point;
    return self->material.colour;
}

static double floor_hit(const thing *self, const ray *along) {
    if (fabs(along->direction.y) < NEAREST) return INFINITY;
    double distance = (self->height - along->origin.y) / along->direction.y;
    return distance > NEAREST ? distance : INFINITY;
}

static vector floor_normal_at(const thing *self, vector point) {
    (void)self, (void)point;
    return (vector){ 0.0, 1.0, 0.0 };
}

static vector floor_colour_at(const thing *self, vector point) {
    bool is_even = ((int64_t)floor(point.x) + (int64_t)floor(point.z)) % 2 == 0;
    return is_even ? self->material.colour : self->other_colour;
}

typedef struct { vector position, colour; } light;

typedef struct {
    vector sky;
    thing things[8];
    int thing_count;
    light lights[2];
    int light_count;
} scene;

// Whether anything lies on a ray before a distance.
static bool is_blocked(const scene *self, const ray *along, double limit) {
    for (int i = 0; i < self->thing_count; i++) {
        if (self->things[i].hit(&self->things[i], along) < limit) return true;
    }
    return false;
}

static vector colour_of(const scene *self, const ray *along, int depth) {
    const thing *nearest = NULL;
    double distance = INFINITY;
    for (int i = 0; i < self->thing_count; i++) {
        double at = self->things[i].hit(&self->things[i], along);
        if (at < distance) {
            nearest = &self->things[i];
            distance = at;
        }
    }
    if (nearest == NULL) return times(self->sky, 0.5 + 0.5 * along->direction.y);
    vector point = ray_at(along, distance);
    vector normal = nearest->normal_at(nearest, point);
    const material *made_of = &nearest->material;
    vector own = nearest->colour_at(nearest, point);
    vector colour = times(own, 0.1);
    for (int i = 0; i < self->light_count; i++) {
        const light *from = &self->lights[i];
        vector towards = minus(from->position, point);
        double far = length(towards);
        ray back = { point, times(towards, 1.0 / far) };
        double cosine = dot(normal, back.direction);
        if (cosine > 0.0 && !is_blocked(self, &back, far)) {
            colour = plus(colour, times(mix(own, from->colour), cosine * made_of->diffuse));
            double shine = dot(reflect(back.direction, normal), along->direction);
            if (shine > 0.0) {
                double s = shine * shine * shine * shine;
                colour = plus(colour, times(from->colour, s * s * made_of->specular));
            }
        }
    }
    if (depth > 0 && made_of->mirror > 0.0) {
        ray mirrored = { point, reflect(along->direction, normal) };
        colour = plus(colour, times(colour_of(self, &mirrored, depth - 1), made_of->mirror));
    }
    return colour;
}

static void make_scene(scene *self) {
    self->sky = (vector){ 0.4, 0.6, 1.0 };
    vector white = { 0.9, 0.9, 0.9 };
    self->things[self->thing_count++] = (thing){
        .hit = floor_hit, .normal_at = floor_normal_at, .colour_at = floor_colour_at, .height = -1.0,
        .material = { white, 0.8, 0.0, 0.2 }, .other_colour = { 0.2, 0.2, 0.2 },
    };
    for (int i = 0; i < 7; i++) {
        double hue = i / 6.0;
        self->things[self->thing_count++] = (thing){
            .hit = sphere_hit, .normal_at = sphere_normal_at, .colour_at = sphere_colour_at,
            .material = { { 1.0 - hue, 0.3 + hue / 2, hue }, 0.7, 0.5, 0.1 + hue / 3 },
            .centre = { i * 1.1 - 3.3, (i * i % 4) / 4.0 - 0.5, 4.0 + i % 3 }, .radius = 0.5 + (i % 2) / 8.0,
        };
    }
    self->lights[self->light_count++] = (light){ { -5.0, 6.0, -2.0 }, { 0.8, 0.7, 0.6 } };
    self->lights[self->light_count++] = (light){ { 4.0, 8.0, 1.0 }, { 0.3, 0.4, 0.6 } };
}

static int64_t channel(double value) {
    int64_t whole = floor(value * 255.0);
    return whole < 255 ? whole : 255;
}

static void render(const scene *self, int64_t width, int64_t height) {
    vector eye = { 0.0, 0.5, -3.0 };
    const char *shades = " .:-=+*#%@";
    int64_t sum = 0, checksum = 0;
    for (int64_t y = 0; y < height; y++) {
        for (int64_t x = 0; x < width; x++) {
            vector direction = { (x - width / 2.0) / width * 2, (height / 2.0 - y) / width * 2, 2.0 };
            ray first = { eye, unit(direction) };
            vector colour = colour_of(self, &first, 3);
            int64_t r = channel(colour.x), g = channel(colour.y), b = channel(colour.z);
            sum += r + g + b;
            checksum = (checksum * 31 + r * 65536 + g * 256 + b) % 1000000007;
            if (y % 16 == 0 && x % 4 == 0) putchar(shades[(r + g + b) * 9 / 765]);
        }
        if (y % 16 == 0) putchar('\n');
    }
    printf("%lld %lld\n", (long long)sum, (long long)checksum);
}

int main(void) {
    static scene drawn;
    make_scene(&drawn);
    render(&drawn, 320, 240);
}
