-- The spectral norm of an infinite matrix, cut to 300 by 300.
local floor = math.floor
local function a(i, j)
    return 1.0 / (floor((i + j) * (i + j + 1) / 2) + i + 1)
end
local function multiply(v, out, n)
    for i = 0, n - 1 do
        local s = 0.0
        for j = 0, n - 1 do
            s = s + a(i, j) * v[j]
        end
        out[i] = s
    end
end
local function multiply_transposed(v, out, n)
    for i = 0, n - 1 do
        local s = 0.0
        for j = 0, n - 1 do
            s = s + a(j, i) * v[j]
        end
        out[i] = s
    end
end
local function run(n)
    local u, v, t = {}, {}, {}
    for i = 0, n - 1 do
        u[i], v[i], t[i] = 1.0, 0.0, 0.0
    end
    for round = 1, 10 do
        multiply(u, t, n)
        multiply_transposed(t, v, n)
        multiply(v, t, n)
        multiply_transposed(t, u, n)
    end
    local vbv, vv = 0.0, 0.0
    for i = 0, n - 1 do
        vbv = vbv + u[i] * v[i]
        vv = vv + v[i] * v[i]
    end
    return math.sqrt(vbv / vv)
end
print(string.format("%.0f", floor(run(300) * 1e9)))
