# a[i] = i + r over 1,000,000 elements, 100 rounds.
def run(n, rounds):
    a = [0] * n
    for r in range(rounds):
        for i in range(n):
            a[i] = i + r
    return a[0] + a[n // 2] + a[n - 1]
print(run(1000000, 100))
