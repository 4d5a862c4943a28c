// The primes below 5,000,000, by the sieve of Eratosthenes, three times.
function sieve(n) {
    const composite = new Array(n).fill(false);
    let count = 0;
    for (let i = 2; i < n; i++) {
        if (!composite[i]) {
            count = count + 1;
            for (let j = i * i; j < n; j += i) {
                composite[j] = true;
            }
        }
    }
    return count;
}
let total = 0;
for (let round = 0; round < 3; round++) {
    total = total + sieve(5000000);
}
console.log(String(total));
