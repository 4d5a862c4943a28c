-- x = x + (i ^ j), then x = x + 1, 10,000 times 10,000 times each.
local bxor = bit and bit.bxor or load("return function(a, b) return a ~ b end")()
local function run(n)
    local x = 0
    for i = 0, n - 1 do
        for j = 0, n - 1 do
            x = x + bxor(i, j)
        end
    end
    for i = 0, n - 1 do
        for j = 0, n - 1 do
            x = x + 1
        end
    end
    return x
end
print(string.format("%.0f", run(10000)))
