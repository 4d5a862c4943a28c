// Pancake flipping: takes all permutations of n numbers in the order of rotations, counts for each how many flips of a
// prefix bring the 1 to the front, and shows the most, a checksum and how often each count occurs.
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct {
    int64_t n;
    int64_t items[16], count[16];
} permutations;

static bool advance(permutations *self) {
    int64_t *items = self->items;
    int64_t k = 1;
    for (;;) {
        if (k == self->n) return false;
        int64_t head = items[0];
        for (int64_t i = 0; i < k; i++) items[i] = items[i + 1];
        items[k] = head;
        self->count[k]--;
        if (self->count[k] > 0) return true;
        self->count[k] = k + 1;
        k++;
    }
}

static void reverse_prefix(int64_t *a, int64_t last) {
    int64_t i = 0;
    while (i < last) {
        int64_t t = a[i];
        a[i] = a[last];
        a[last] = t;
        i++;
        last--;
    }
}

static int64_t count_flips(const int64_t *items, int64_t n, int64_t *scratch) {
    if (items[0] == 0) return 0;
    for (int64_t i = 0; i < n; i++) scratch[i] = items[i];
    int64_t flips = 0, first = scratch[0];
    while (first != 0) {
        reverse_prefix(scratch, first);
        flips++;
        first = scratch[0];
    }
    return flips;
}

static void fannkuch(int64_t n) {
    permutations all = { .n = n };
    for (int64_t i = 0; i < n; i++) {
        all.items[i] = i;
        all.count[i] = i + 1;
    }
    int64_t scratch[16], histogram[128] = { 0 };
    int64_t checksum = 0, index = 0, most = 0;
    do {
        int64_t flips = count_flips(all.items, n, scratch);
        if (flips > most) most = flips;
        histogram[flips]++;
        checksum += index % 2 == 0 ? flips : -flips;
        index++;
    } while (advance(&all));
    printf("Pfannkuchen(%lld) = %lld, checksum %lld\n", (long long)n, (long long)most, (long long)checksum);
    for (int64_t i = 0; i <= most; i++) printf(i == most ? "%lld\n" : "%lld ", (long long)histogram[i]);
}

int main(void) {
    for (int64_t n = 7; n <= 10; n++) fannkuch(n);
}
