-- Counts 4,000,000 ints, of which 20,000 are different and far apart, in a table, and adds up what it counted.
local function run(n)
    local counts = {}
    local seed = 42
    for i = 0, n - 1 do
        seed = seed * 16807 % 2147483647
        local key = seed % 20000 * 65537
        local count = counts[key]
        if count == nil then
            counts[key] = 1
        else
            counts[key] = count + 1
        end
    end
    local sum = 0
    for i = 0, 19999 do
        sum = (sum * 31 + counts[i * 65537]) % 1000000007
    end
    return sum
end
print(string.format("%.0f", run(4000000)))
