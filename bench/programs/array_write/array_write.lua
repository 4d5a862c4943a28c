-- a[i] = i + r over 1,000,000 elements, 100 rounds.
local function run(n, rounds)
    local a = {}
    for i = 1, n do
        a[i] = 0
    end
    for r = 0, rounds - 1 do
        for i = 0, n - 1 do
            a[i + 1] = i + r
        end
    end
    return a[1] + a[math.floor(n / 2) + 1] + a[n]
end
print(string.format("%.0f", run(1000000, 100)))
