-- x = x + i * 2 - 1, 100,000,000 times.
local function run(n)
    local x = 0
    for i = 0, n - 1 do
        x = x + i * 2 - 1
    end
    return x
end
print(string.format("%.0f", run(100000000)))
