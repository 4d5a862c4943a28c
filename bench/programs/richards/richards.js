// The kernel of an operating system, simulated: tasks of four kinds pass packets to each other under a scheduler with
// priorities. After Martin Richards' benchmark.
const IDLE = 0, WORKER = 1, HANDLER_A = 2, HANDLER_B = 3, DEVICE_A = 4, DEVICE_B = 5, TASKS = 6;
const KIND_DEVICE = 0, KIND_WORK = 1, DATA_SIZE = 4;

class Packet {
    constructor(link, id, kind) {
        this.link = link;
        this.id = id;
        this.kind = kind;
        this.position = 0;
        this.data = new Array(DATA_SIZE).fill(0);
    }

    // Puts the packet at the end of a queue, and gives the queue.
    appendTo(queue) {
        this.link = null;
        if (queue === null) return this;
        let last = queue;
        while (last.link !== null) last = last.link;
        last.link = this;
        return queue;
    }
}

class Task {
    constructor(scheduler, id, priority, queue) {
        this.scheduler = scheduler;
        this.link = null;
        this.id = id;
        this.priority = priority;
        this.queue = queue;
        this.isPending = queue !== null;
        this.isWaiting = true;
        this.isHeld = false;
    }

    canRun() { return !this.isHeld && (this.isPending || !this.isWaiting); }

    // Takes a packet in, and gives the task that goes on: this one, if it is more urgent than the other.
    accept(other, packet) {
        if (this.queue === null) {
            this.queue = packet;
            this.isPending = true;
            if (this.priority > other.priority) return this;
        } else {
            this.queue = packet.appendTo(this.queue);
        }
        return other;
    }

    run() {
        let packet = null;
        if (this.isWaiting && this.isPending) {
            packet = this.queue;
            this.queue = packet.link;
            this.isWaiting = false;
            this.isPending = this.queue !== null;
        }
        return this.step(packet);
    }
}

class IdleTask extends Task {
    constructor(scheduler, id, priority, queue, count) {
        super(scheduler, id, priority, queue);
        this.isWaiting = false;
        this.count = count;
        this.bits = 1;
    }

    step(packet) {
        this.count--;
        if (this.count === 0) return this.scheduler.hold();
        if (this.bits % 2 === 0) {
            this.bits = this.bits >> 1;
            return this.scheduler.release(DEVICE_A);
        }
        this.bits = this.bits >> 1 ^ 0xD008;
        return this.scheduler.release(DEVICE_B);
    }
}

class WorkerTask extends Task {
    constructor(scheduler, id, priority, queue) {
        super(scheduler, id, priority, queue);
        this.handler = HANDLER_A;
        this.letter = 0;
    }

    step(packet) {
        if (packet === null) return this.scheduler.wait();
        this.handler = this.handler === HANDLER_A ? HANDLER_B : HANDLER_A;
        packet.id = this.handler;
        packet.position = 0;
        for (let i = 0; i < DATA_SIZE; i++) {
            this.letter++;
            if (this.letter > 26) this.letter = 1;
            packet.data[i] = this.letter;
        }
        return this.scheduler.send(packet);
    }
}

class HandlerTask extends Task {
    constructor(scheduler, id, priority, queue) {
        super(scheduler, id, priority, queue);
        this.work = null;
        this.device = null;
    }

    step(packet) {
        if (packet !== null) {
            if (packet.kind === KIND_WORK) {
                this.work = packet.appendTo(this.work);
            } else {
                this.device = packet.appendTo(this.device);
            }
        }
        const work = this.work;
        if (work !== null) {
            const position = work.position;
            if (position >= DATA_SIZE) {
                this.work = work.link;
                return this.scheduler.send(work);
            }
            const device = this.device;
            if (device !== null) {
                this.device = device.link;
                device.position = work.data[position];
                work.position = position + 1;
                return this.scheduler.send(device);
            }
        }
        return this.scheduler.wait();
    }
}

class DeviceTask extends Task {
    constructor(scheduler, id, priority, queue) {
        super(scheduler, id, priority, queue);
        this.held = null;
    }

    step(packet) {
        if (packet === null) {
            if (this.held === null) return this.scheduler.wait();
            const held = this.held;
            this.held = null;
            return this.scheduler.send(held);
        }
        this.held = packet;
        return this.scheduler.hold();
    }
}

class Scheduler {
    constructor() {
        this.sent = 0;
        this.holds = 0;
        this.tasks = new Array(TASKS).fill(null);
        this.list = null;
        this.current = null;
    }

    add(task) {
        task.link = this.list;
        this.list = task;
        this.tasks[task.id] = task;
    }

    run() {
        this.current = this.list;
        while (this.current !== null) {
            if (this.current.canRun()) {
                this.current = this.current.run();
            } else {
                this.current = this.current.link;
            }
        }
    }

    release(id) {
        const task = this.tasks[id];
        task.isHeld = false;
        if (task.priority > this.current.priority) return task;
        return this.current;
    }

    hold() {
        this.holds++;
        this.current.isHeld = true;
        return this.current.link;
    }

    wait() {
        this.current.isWaiting = true;
        return this.current;
    }

    send(packet) {
        const task = this.tasks[packet.id];
        this.sent++;
        packet.link = null;
        packet.id = this.current.id;
        return task.accept(this.current, packet);
    }
}

function packets(count, id, kind) {
    let queue = null;
    for (let i = 0; i < count; i++) queue = new Packet(queue, id, kind);
    return queue;
}

function simulate(count) {
    const scheduler = new Scheduler();
    scheduler.add(new IdleTask(scheduler, IDLE, 0, null, count));
    scheduler.add(new WorkerTask(scheduler, WORKER, 1000, packets(2, WORKER, KIND_WORK)));
    scheduler.add(new HandlerTask(scheduler, HANDLER_A, 2000, packets(3, DEVICE_A, KIND_DEVICE)));
    scheduler.add(new HandlerTask(scheduler, HANDLER_B, 3000, packets(3, DEVICE_B, KIND_DEVICE)));
    scheduler.add(new DeviceTask(scheduler, DEVICE_A, 4000, null));
    scheduler.add(new DeviceTask(scheduler, DEVICE_B, 5000, null));
    scheduler.run();
    return scheduler;
}

let sent = 0, holds = 0;
for (let round = 0; round < 60; round++) {
    const scheduler = simulate(10000);
    sent += scheduler.sent;
    holds += scheduler.holds;
}
console.log(sent, holds);
