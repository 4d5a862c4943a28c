// Hashes of bytes: SHA-256 in a class that takes its input in pieces, and MurmurHash3, of texts and of one long message.
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint32_t rotate_right(uint32_t x, int n) {
    return x >> n | x << (32 - n);
}

static uint32_t primes[64], round_constants[64];

static uint32_t fraction_bits(double x) {
    return (uint32_t)((x - floor(x)) * 4294967296.0);
}

static void make_constants(void) {
    int found = 0;
    for (uint32_t candidate = 2; found < 64; candidate++) {
        bool prime = true;
        for (int i = 0; i < found && prime; i++) prime = candidate % primes[i] != 0;
        if (prime) primes[found++] = candidate;
    }
    for (int i = 0; i < 64; i++) round_constants[i] = fraction_bits(pow(primes[i], 1.0 / 3));
}

typedef struct {
    int64_t length;
    int used;
    uint32_t state[8], words[64];
    uint8_t block[64];
} sha256;

static void start(sha256 *self) {
    memset(self, 0, sizeof *self);
    for (int i = 0; i < 8; i++) self->state[i] = fraction_bits(sqrt(primes[i]));
}

static void compress(sha256 *self) {
    uint32_t *w = self->words;
    const uint8_t *block = self->block;
    for (int i = 0; i < 16; i++) {
        w[i] = (uint32_t)block[4 * i] << 24 | block[4 * i + 1] << 16 | block[4 * i + 2] << 8 | block[4 * i + 3];
    }
    for (int i = 16; i < 64; i++) {
        uint32_t x = w[i - 15], y = w[i - 2];
        uint32_t s0 = rotate_right(x, 7) ^ rotate_right(x, 18) ^ x >> 3;
        uint32_t s1 = rotate_right(y, 17) ^ rotate_right(y, 19) ^ y >> 10;
        w[i] = w[i - 16] + s0 + w[i - 7] + s1;
    }
    uint32_t *s = self->state;
    uint32_t a = s[0], b = s[1], c = s[2], d = s[3], e = s[4], f = s[5], g = s[6], h = s[7];
    for (int i = 0; i < 64; i++) {
        uint32_t s1 = rotate_right(e, 6) ^ rotate_right(e, 11) ^ rotate_right(e, 25);
        uint32_t choice = (e & f) ^ (~e & g);
        uint32_t t1 = h + s1 + choice + round_constants[i] + w[i];
        uint32_t s0 = rotate_right(a, 2) ^ rotate_right(a, 13) ^ rotate_right(a, 22);
        uint32_t majority = (a & b) ^ (a & c) ^ (b & c);
        uint32_t t2 = s0 + majority;
        h = g;
        g = f;
        f = e;
        e = d + t1;
        d = c;
        c = b;
        b = a;
        a = t1 + t2;
    }
    const uint32_t sums[8] = { a, b, c, d, e, f, g, h };
    for (int i = 0; i < 8; i++) s[i] += sums[i];
}

static void add(sha256 *self, uint8_t byte) {
    self->block[self->used++] = byte;
    self->length++;
    if (self->used == 64) {
        compress(self);
        self->used = 0;
    }
}

static void update(sha256 *self, const uint8_t *bytes, int64_t n) {
    for (int64_t i = 0; i < n; i++) add(self, bytes[i]);
}

static void print_digest(sha256 *self) {
    int64_t bits = self->length * 8;
    add(self, 0x80);
    while (self->used != 56) add(self, 0);
    for (int shift = 56; shift >= 0; shift -= 8) add(self, bits >> shift & 255);
    for (int i = 0; i < 8; i++) printf("%08x", self->state[i]);
}

static uint32_t murmur3(const uint8_t *bytes, int64_t n, uint32_t seed) {
    uint32_t h = seed;
    int64_t count = n / 4;
    for (int64_t i = 0; i < count; i++) {
        uint32_t k = bytes[4 * i] | bytes[4 * i + 1] << 8 | bytes[4 * i + 2] << 16 | (uint32_t)bytes[4 * i + 3] << 24;
        k *= 0xcc9e2d51;
        k = rotate_right(k, 17);
        h ^= k * 0x1b873593;
        h = rotate_right(h, 19) * 5 + 0xe6546b64;
    }
    uint32_t k = 0;
    for (int64_t i = n - 1; i >= 4 * count; i--) k = k << 8 | bytes[i];
    k *= 0xcc9e2d51;
    h ^= rotate_right(k, 17) * 0x1b873593;
    h ^= (uint32_t)n;
    h = (h ^ h >> 16) * 0x85ebca6b;
    h = (h ^ h >> 13) * 0xc2b2ae35;
    return h ^ h >> 16;
}

int main(void) {
    static uint8_t message[1000000];
    make_constants();
    const char *texts[] = { "", "abc", "The quick brown fox jumps over the lazy dog" };
    sha256 hasher;
    for (int i = 0; i < 3; i++) {
        int64_t n = strlen(texts[i]);
        start(&hasher);
        update(&hasher, (const uint8_t *)texts[i], n);
        print_digest(&hasher);
        printf(" %08x\n", murmur3((const uint8_t *)texts[i], n, 42));
    }
    int64_t x = 1;
    for (int i = 0; i < 1000000; i++) {
        x = x * 16807 % 2147483647;
        message[i] = x & 255;
    }
    start(&hasher);
    for (int round = 0; round < 9; round++) update(&hasher, message, 1000000);
    print_digest(&hasher);
    uint32_t h = 0;
    for (int round = 0; round < 30; round++) h = murmur3(message, 1000000, h);
    printf("\n%08x\n", h);
}
