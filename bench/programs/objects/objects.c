// Makes 3,000,000 objects on the heap, most of which die at once, and keeps some in a list.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
typedef struct node { int64_t value; struct node *next; } node;
typedef struct { double x, y; } vector;
static void *(*volatile allocate)(size_t) = malloc;
static vector *new_vector(double x, double y) {
    vector *made = allocate(sizeof *made);
    *made = (vector){ x, y };
    return made;
}
int main(void) {
    node *list = NULL;
    vector *sum = new_vector(0.0, 0.0), *step = new_vector(0.5, 0.25);
    for (int64_t i = 0; i < 1500000; i++) {
        vector *next = new_vector(sum->x + step->x, sum->y + step->y);
        free(sum);
        sum = next;
        node *made = allocate(sizeof *made);
        *made = (node){ i, list };
        if (i % 16 == 0) list = made; else free(made);
    }
    int64_t length = 0;
    for (; list != NULL; list = list->next) length += list->value % 7;
    printf("[%lld, %.1f, %.1f]\n", (long long)length, sum->x, sum->y);
}
