-- Throws 500,000 errors out of called functions and catches them, among 3,000,000 calls that do not throw. An error here
-- is a table, since the other languages make an object of each too.
local function check(i)
    if i % 7 == 0 then
        error({ message = "seven" })
    end
    return i
end
local function guarded(i)
    local ok, result = pcall(check, i)
    if ok then
        return result
    end
    return #result.message
end
local function run(n)
    local sum = 0
    for i = 0, n - 1 do
        sum = sum + guarded(i)
    end
    return sum
end
print(string.format("%.0f", run(3500000)))
