# The primes below 5,000,000, by the sieve of Eratosthenes, three times.
def sieve(n):
    composite = [False] * n
    count = 0
    for i in range(2, n):
        if not composite[i]:
            count = count + 1
            j = i * i
            while j < n:
                composite[j] = True
                j = j + i
    return count
total = 0
for round in range(3):
    total = total + sieve(5000000)
print(total)
