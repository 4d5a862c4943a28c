# Products of 200 by 200 matrices of floats, kept in flat arrays, ten times.
from math import floor
def multiply(a, b, c, n):
    for i in range(n):
        for j in range(n):
            s = 0.0
            for k in range(n):
                s = s + a[i * n + k] * b[k * n + j]
            c[i * n + j] = s
def run(n, rounds):
    a = [0.5] * (n * n)
    b = [0.5] * (n * n)
    c = [0.5] * (n * n)
    for i in range(n * n):
        a[i] = (i % 7) * 0.5
        b[i] = (i % 11) * 0.25
    total = 0.0
    for r in range(rounds):
        multiply(a, b, c, n)
        a[r] = a[r] + 1
        total = total + c[r * n + r]
    return total
print(floor(run(200, 10) * 8))
