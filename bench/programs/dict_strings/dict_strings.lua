-- Counts 4,000,000 words, of which 2,000 are different, in a table with string keys, and adds up what it counted.
local function run(n)
    local words = {}
    for i = 0, 1999 do
        words[i] = "word" .. (i * 7919 % 2000)
    end
    local counts = {}
    local total = {seen = 0, again = 0}
    local seed = 42
    for i = 0, n - 1 do
        seed = seed * 16807 % 2147483647
        local word = words[seed % 2000]
        local count = counts[word]
        if count == nil then
            counts[word] = 1
            total["seen"] = total["seen"] + 1
        else
            counts[word] = count + 1
            total["again"] = total["again"] + 1
        end
    end
    local sum = 0
    for i = 0, 1999 do
        sum = (sum * 31 + counts[words[i]]) % 1000000007
    end
    return sum + total["seen"] + total["again"]
end
print(string.format("%.0f", run(4000000)))
