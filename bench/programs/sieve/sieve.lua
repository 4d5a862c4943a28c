-- The primes below 5,000,000, by the sieve of Eratosthenes, three times.
local function sieve(n)
    local composite = {}
    for i = 0, n - 1 do
        composite[i] = false
    end
    local count = 0
    for i = 2, n - 1 do
        if not composite[i] then
            count = count + 1
            for j = i * i, n - 1, i do
                composite[j] = true
            end
        end
    end
    return count
end
local total = 0
for round = 1, 3 do
    total = total + sieve(5000000)
end
print(string.format("%.0f", total))
