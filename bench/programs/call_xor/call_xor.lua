-- x = add_one(x) ^ i, 100,000,000 times.
local bxor = bit and bit.bxor or load("return function(a, b) return a ~ b end")()
local function add_one(x)
    return x + 1
end
local function run(n)
    local x = 0
    for i = 0, n - 1 do
        x = bxor(add_one(x), i)
    end
    return x
end
print(string.format("%.0f", run(100000000)))
