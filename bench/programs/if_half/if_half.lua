-- if i < n div 2 then x = x + 1, 100,000,000 times.
local function run(n)
    local x = 0
    local half = math.floor(n / 2)
    for i = 0, n - 1 do
        if i < half then x = x + 1 end
    end
    return x
end
print(string.format("%.0f", run(100000000)))
