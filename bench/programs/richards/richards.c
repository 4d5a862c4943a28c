// The kernel of an operating system, simulated: tasks of four kinds pass packets to each other under a scheduler with
// priorities. After Martin Richards' benchmark.
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { IDLE, WORKER, HANDLER_A, HANDLER_B, DEVICE_A, DEVICE_B, TASKS };
enum { KIND_DEVICE, KIND_WORK, DATA_SIZE = 4 };

typedef struct packet {
    struct packet *link;
    int64_t id, kind, position, data[DATA_SIZE];
} packet;

static packet *packet_new(packet *link, int64_t id, int64_t kind) {
    packet *made = calloc(1, sizeof *made);
    made->link = link;
    made->id = id;
    made->kind = kind;
    return made;
}

// Puts the packet at the end of a queue, and gives the queue.
static packet *append_to(packet *self, packet *queue) {
    self->link = NULL;
    if (queue == NULL) return self;
    packet *last = queue;
    while (last->link != NULL) last = last->link;
    last->link = self;
    return queue;
}

struct scheduler;
typedef struct task task;
struct task {
    task *(*step)(task *, packet *);
    struct scheduler *scheduler;
    task *link;
    int64_t id, priority;
    packet *queue;
    bool is_pending, is_waiting, is_held;
    union {
        struct { int64_t count, bits; } idle;
        struct { int64_t handler, letter; } worker;
        struct { packet *work, *device; } handler;
        struct { packet *held; } device;
    } as;
};

typedef struct scheduler {
    int64_t sent, holds;
    task *tasks[TASKS], *list, *current;
} scheduler;

static task *scheduler_release(scheduler *self, int64_t id) {
    task *found = self->tasks[id];
    found->is_held = false;
    return found->priority > self->current->priority ? found : self->current;
}

static task *scheduler_hold(scheduler *self) {
    self->holds++;
    self->current->is_held = true;
    return self->current->link;
}

static task *scheduler_wait(scheduler *self) {
    self->current->is_waiting = true;
    return self->current;
}

// Takes a packet in, and gives the task that goes on: this one, if it is more urgent than the other.
static task *accept_packet(task *self, task *other, packet *taken) {
    if (self->queue == NULL) {
        self->queue = taken;
        self->is_pending = true;
        if (self->priority > other->priority) return self;
    } else {
        self->queue = append_to(taken, self->queue);
    }
    return other;
}

static task *scheduler_send(scheduler *self, packet *sent) {
    task *found = self->tasks[sent->id];
    self->sent++;
    sent->link = NULL;
    sent->id = self->current->id;
    return accept_packet(found, self->current, sent);
}

static task *idle_step(task *self, packet *taken) {
    (void)taken;
    self->as.idle.count--;
    if (self->as.idle.count == 0) return scheduler_hold(self->scheduler);
    if (self->as.idle.bits % 2 == 0) {
        self->as.idle.bits /= 2;
        return scheduler_release(self->scheduler, DEVICE_A);
    }
    self->as.idle.bits = self->as.idle.bits / 2 ^ 0xD008;
    return scheduler_release(self->scheduler, DEVICE_B);
}

static task *worker_step(task *self, packet *taken) {
    if (taken == NULL) return scheduler_wait(self->scheduler);
    self->as.worker.handler = self->as.worker.handler == HANDLER_A ? HANDLER_B : HANDLER_A;
    taken->id = self->as.worker.handler;
    taken->position = 0;
    for (int i = 0; i < DATA_SIZE; i++) {
        self->as.worker.letter++;
        if (self->as.worker.letter > 26) self->as.worker.letter = 1;
        taken->data[i] = self->as.worker.letter;
    }
    return scheduler_send(self->scheduler, taken);
}

static task *handler_step(task *self, packet *taken) {
    if (taken != NULL) {
        if (taken->kind == KIND_WORK) {
            self->as.handler.work = append_to(taken, self->as.handler.work);
        } else {
            self->as.handler.device = append_to(taken, self->as.handler.device);
        }
    }
    packet *work = self->as.handler.work;
    if (work != NULL) {
        int64_t position = work->position;
        if (position >= DATA_SIZE) {
            self->as.handler.work = work->link;
            return scheduler_send(self->scheduler, work);
        }
        packet *device = self->as.handler.device;
        if (device != NULL) {
            self->as.handler.device = device->link;
            device->position = work->data[position];
            work->position = position + 1;
            return scheduler_send(self->scheduler, device);
        }
    }
    return scheduler_wait(self->scheduler);
}

static task *device_step(task *self, packet *taken) {
    if (taken == NULL) {
        if (self->as.device.held == NULL) return scheduler_wait(self->scheduler);
        packet *held = self->as.device.held;
        self->as.device.held = NULL;
        return scheduler_send(self->scheduler, held);
    }
    self->as.device.held = taken;
    return scheduler_hold(self->scheduler);
}

static task *task_run(task *self) {
    packet *taken = NULL;
    if (self->is_waiting && self->is_pending) {
        taken = self->queue;
        self->queue = taken->link;
        self->is_waiting = false;
        self->is_pending = self->queue != NULL;
    }
    return self->step(self, taken);
}

static task *scheduler_add(scheduler *self, task *(*step)(task *, packet *), int64_t id, int64_t priority, packet *queue) {
    task *made = calloc(1, sizeof *made);
    made->step = step;
    made->scheduler = self;
    made->id = id;
    made->priority = priority;
    made->queue = queue;
    made->is_pending = queue != NULL;
    made->is_waiting = true;
    made->link = self->list;
    self->list = made;
    self->tasks[id] = made;
    return made;
}

static packet *packets(int count, int64_t id, int64_t kind) {
    packet *queue = NULL;
    for (int i = 0; i < count; i++) queue = packet_new(queue, id, kind);
    return queue;
}

static scheduler *simulate(int64_t count) {
    scheduler *self = calloc(1, sizeof *self);
    task *idle = scheduler_add(self, idle_step, IDLE, 0, NULL);
    idle->is_waiting = false;
    idle->as.idle.count = count;
    idle->as.idle.bits = 1;
    task *worker = scheduler_add(self, worker_step, WORKER, 1000, packets(2, WORKER, KIND_WORK));
    worker->as.worker.handler = HANDLER_A;
    scheduler_add(self, handler_step, HANDLER_A, 2000, packets(3, DEVICE_A, KIND_DEVICE));
    scheduler_add(self, handler_step, HANDLER_B, 3000, packets(3, DEVICE_B, KIND_DEVICE));
    scheduler_add(self, device_step, DEVICE_A, 4000, NULL);
    scheduler_add(self, device_step, DEVICE_B, 5000, NULL);
    self->current = self->list;
    while (self->current != NULL) {
        task *current = self->current;
        bool can_run = !current->is_held && (current->is_pending || !current->is_waiting);
        self->current = can_run ? task_run(current) : current->link;
    }
    return self;
}

int main(void) {
    int64_t sent = 0, holds = 0;
    for (int round = 0; round < 60; round++) {
        scheduler *done = simulate(10000);
        sent += done->sent;
        holds += done->holds;
    }
    printf("%lld %lld\n", (long long)sent, (long long)holds);
}
