// Pancake flipping: takes all permutations of n numbers in the order of rotations, counts for each how many flips of a
// prefix bring the 1 to the front, and shows the most, a checksum and how often each count occurs.
class Permutations {
    constructor(n) {
        this.n = n;
        this.items = [];
        this.count = [];
        for (let i = 0; i < n; i++) {
            this.items.push(i);
            this.count.push(i + 1);
        }
    }

    // Goes on to the next permutation; false after the last one.
    advance() {
        const items = this.items;
        let k = 1;
        for (;;) {
            if (k === this.n) return false;
            // Rotate the first k + 1 elements to the left.
            const head = items[0];
            for (let i = 0; i < k; i++) {
                items[i] = items[i + 1];
            }
            items[k] = head;
            this.count[k] -= 1;
            if (this.count[k] > 0) return true;
            this.count[k] = k + 1;
            k += 1;
        }
    }
}

function reversePrefix(a, last) {
    let i = 0;
    while (i < last) {
        const t = a[i];
        a[i] = a[last];
        a[last] = t;
        i += 1;
        last -= 1;
    }
}

function countFlips(items, scratch) {
    if (items[0] === 0) return 0;
    for (let i = 0; i < items.length; i++) {
        scratch[i] = items[i];
    }
    let flips = 0;
    let first = scratch[0];
    while (first !== 0) {
        reversePrefix(scratch, first);
        flips += 1;
        first = scratch[0];
    }
    return flips;
}

function fannkuch(n) {
    const permutations = new Permutations(n);
    const scratch = new Array(n).fill(0);
    const histogram = [];
    let checksum = 0, index = 0, most = 0;
    do {
        const flips = countFlips(permutations.items, scratch);
        if (flips > most) most = flips;
        while (histogram.length <= flips) {
            histogram.push(0);
        }
        histogram[flips] += 1;
        checksum += index % 2 === 0 ? flips : -flips;
        index += 1;
    } while (permutations.advance());
    return [checksum, most, histogram];
}

for (let n = 7; n <= 10; n++) {
    const [checksum, most, histogram] = fannkuch(n);
    console.log(`Pfannkuchen(${n}) = ${most}, checksum ${checksum}`);
    console.log(histogram.join(" "));
}
