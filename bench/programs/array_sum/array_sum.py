# x = x + a[i] over 1,000,000 elements, 100 rounds.
def run(n, rounds):
    a = [0] * n
    for i in range(n):
        a[i] = i * 7 % 1000
    x = 0
    for r in range(rounds):
        for i in range(n):
            x = x + a[i]
    return x
print(run(1000000, 100))
