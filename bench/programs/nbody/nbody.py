# Five bodies under gravity, 200,000 steps; each body's state at an index of seven arrays.
from math import floor, sqrt
def energy(x, y, z, vx, vy, vz, mass):
    e = 0.0
    n = len(mass)
    for i in range(n):
        e = e + 0.5 * mass[i] * (vx[i] * vx[i] + vy[i] * vy[i] + vz[i] * vz[i])
        for j in range(i + 1, n):
            dx = x[i] - x[j]
            dy = y[i] - y[j]
            dz = z[i] - z[j]
            e = e - mass[i] * mass[j] / sqrt(dx * dx + dy * dy + dz * dz)
    return e
def advance(x, y, z, vx, vy, vz, mass, dt):
    n = len(mass)
    for i in range(n):
        for j in range(i + 1, n):
            dx = x[i] - x[j]
            dy = y[i] - y[j]
            dz = z[i] - z[j]
            d2 = dx * dx + dy * dy + dz * dz
            mag = dt / (d2 * sqrt(d2))
            mi = mass[i]
            mj = mass[j]
            vx[i] = vx[i] - dx * mj * mag
            vy[i] = vy[i] - dy * mj * mag
            vz[i] = vz[i] - dz * mj * mag
            vx[j] = vx[j] + dx * mi * mag
            vy[j] = vy[j] + dy * mi * mag
            vz[j] = vz[j] + dz * mi * mag
    for i in range(n):
        x[i] = x[i] + dt * vx[i]
        y[i] = y[i] + dt * vy[i]
        z[i] = z[i] + dt * vz[i]
def run(steps):
    x = [0.0, 4.84, 8.34, 12.89, 15.37]
    y = [0.0, -1.16, 4.12, -15.11, -25.9]
    z = [0.0, -0.1, -0.4, -0.22, 0.18]
    vx = [0.0, 0.6, -1.01, 1.08, 0.97]
    vy = [0.0, 2.81, 1.82, 0.86, 0.59]
    vz = [0.0, -0.02, 0.008, -0.01, -0.03]
    mass = [39.47, 0.037, 0.011, 0.0017, 0.002]
    for s in range(steps):
        advance(x, y, z, vx, vy, vz, mass, 0.01)
    return energy(x, y, z, vx, vy, vz, mass)
print(floor(run(200000) * 1e9))
