-- Makes 1,000,000 closures that share a variable, and calls closures 9,000,000 times.
local function adder(k)
    return function(x) return x + k end
end
local function counter()
    local n = 0
    return function(by)
        n = n + by
        return n
    end
end
local function run(n)
    local count = counter()
    local sum = 0
    for i = 0, n - 1 do
        local add = adder(i)
        for j = 0, 3 do
            sum = sum + add(j)
            count(j)
        end
    end
    return sum + count(0)
end
print(string.format("%.0f", run(1000000)))
