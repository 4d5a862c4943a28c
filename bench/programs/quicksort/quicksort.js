// Quicksort of 500,000 pseudo-random ints, and a checksum of the order.
function quicksort(a, low, high) {
    while (low < high) {
        const pivot = a[Math.floor((low + high) / 2)];
        let i = low, j = high;
        while (i <= j) {
            while (a[i] < pivot) i = i + 1;
            while (a[j] > pivot) j = j - 1;
            if (i <= j) {
                const t = a[i];
                a[i] = a[j];
                a[j] = t;
                i = i + 1;
                j = j - 1;
            }
        }
        if (j - low < high - i) {
            quicksort(a, low, j);
            low = i;
        } else {
            quicksort(a, i, high);
            high = j;
        }
    }
}
function run(n) {
    const a = new Array(n).fill(0);
    let seed = 42;
    for (let i = 0; i < n; i++) {
        seed = seed * 16807 % 2147483647;
        a[i] = seed;
    }
    quicksort(a, 0, n - 1);
    let sum = 0;
    for (let i = 0; i < n; i++) {
        sum = (sum * 31 + a[i]) % 1000000007;
    }
    return sum;
}
console.log(String(run(500000)));
