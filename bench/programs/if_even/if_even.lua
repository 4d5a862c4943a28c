-- if i % 2 == 0 then x = x + 1 else x = x - 1, 100,000,000 times.
local function run(n)
    local x = 0
    for i = 0, n - 1 do
        if i % 2 == 0 then x = x + 1 else x = x - 1 end
    end
    return x
end
print(string.format("%.0f", run(100000000)))
