# The spectral norm of an infinite matrix, cut to 300 by 300.
from math import floor, sqrt
def a(i, j):
    return 1.0 / ((i + j) * (i + j + 1) // 2 + i + 1)
def multiply(v, out, n):
    for i in range(n):
        s = 0.0
        for j in range(n):
            s = s + a(i, j) * v[j]
        out[i] = s
def multiply_transposed(v, out, n):
    for i in range(n):
        s = 0.0
        for j in range(n):
            s = s + a(j, i) * v[j]
        out[i] = s
def run(n):
    u = [1.0] * n
    v = [0.5] * n
    t = [0.5] * n
    for round in range(10):
        multiply(u, t, n)
        multiply_transposed(t, v, n)
        multiply(v, t, n)
        multiply_transposed(t, u, n)
    vbv = vv = 0.0
    for i in range(n):
        vbv = vbv + u[i] * v[i]
        vv = vv + v[i] * v[i]
    return sqrt(vbv / vv)
print(floor(run(300) * 1e9))
