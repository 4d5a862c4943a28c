-- Products of 200 by 200 matrices of floats, kept in flat arrays, ten times.
local function multiply(a, b, c, n)
    for i = 0, n - 1 do
        for j = 0, n - 1 do
            local s = 0.0
            for k = 0, n - 1 do
                s = s + a[i * n + k] * b[k * n + j]
            end
            c[i * n + j] = s
        end
    end
end
local function run(n, rounds)
    local a, b, c = {}, {}, {}
    for i = 0, n * n - 1 do
        a[i] = (i % 7) * 0.5
        b[i] = (i % 11) * 0.25
        c[i] = 0.0
    end
    local total = 0.0
    for r = 0, rounds - 1 do
        multiply(a, b, c, n)
        a[r] = a[r] + 1.0
        total = total + c[r * n + r]
    end
    return total
end
print(string.format("%.0f", math.floor(run(200, 10) * 8)))
