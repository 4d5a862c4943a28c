-- Five bodies under gravity, 200,000 steps; each body's state at an index of seven arrays.
local sqrt = math.sqrt
local function energy(x, y, z, vx, vy, vz, mass)
    local e = 0.0
    local n = #mass
    for i = 1, n do
        e = e + 0.5 * mass[i] * (vx[i] * vx[i] + vy[i] * vy[i] + vz[i] * vz[i])
        for j = i + 1, n do
            local dx = x[i] - x[j]
            local dy = y[i] - y[j]
            local dz = z[i] - z[j]
            e = e - mass[i] * mass[j] / sqrt(dx * dx + dy * dy + dz * dz)
        end
    end
    return e
end
local function advance(x, y, z, vx, vy, vz, mass, dt)
    local n = #mass
    for i = 1, n do
        for j = i + 1, n do
            local dx = x[i] - x[j]
            local dy = y[i] - y[j]
            local dz = z[i] - z[j]
            local d2 = dx * dx + dy * dy + dz * dz
            local mag = dt / (d2 * sqrt(d2))
            local mi, mj = mass[i], mass[j]
            vx[i] = vx[i] - dx * mj * mag
            vy[i] = vy[i] - dy * mj * mag
            vz[i] = vz[i] - dz * mj * mag
            vx[j] = vx[j] + dx * mi * mag
            vy[j] = vy[j] + dy * mi * mag
            vz[j] = vz[j] + dz * mi * mag
        end
    end
    for i = 1, n do
        x[i] = x[i] + dt * vx[i]
        y[i] = y[i] + dt * vy[i]
        z[i] = z[i] + dt * vz[i]
    end
end
local function run(steps)
    local x = {0.0, 4.84, 8.34, 12.89, 15.37}
    local y = {0.0, -1.16, 4.12, -15.11, -25.9}
    local z = {0.0, -0.1, -0.4, -0.22, 0.18}
    local vx = {0.0, 0.6, -1.01, 1.08, 0.97}
    local vy = {0.0, 2.81, 1.82, 0.86, 0.59}
    local vz = {0.0, -0.02, 0.008, -0.01, -0.03}
    local mass = {39.47, 0.037, 0.011, 0.0017, 0.002}
    for s = 1, steps do
        advance(x, y, z, vx, vy, vz, mass, 0.01)
    end
    return energy(x, y, z, vx, vy, vz, mass)
end
print(string.format("%.0f", math.floor(run(200000) * 1e9)))
