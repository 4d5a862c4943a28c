-- x = x + a[i] over 1,000,000 elements, 100 rounds.
local function run(n, rounds)
    local a = {}
    for i = 0, n - 1 do
        a[i + 1] = i * 7 % 1000
    end
    local x = 0
    for r = 1, rounds do
        for i = 1, n do
            x = x + a[i]
        end
    end
    return x
end
print(string.format("%.0f", run(1000000, 100)))
