-- x = x + i * 0.5, 100,000,000 times.
local function run(n)
    local x = 0.0
    for i = 0, n - 1 do
        x = x + i * 0.5
    end
    return x
end
print(string.format("%.0f", run(100000000)))
