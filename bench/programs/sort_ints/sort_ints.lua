-- Sorts 1,000,000 ints from a linear congruential generator. Products stay below 2^53 by halves.
local a, x = {}, 42
for i = 1, 1000000 do
    local low = x % 65536
    local high = (x - low) / 65536
    x = (high * 1103515245 % 32768 * 65536 + low * 1103515245 + 12345) % 2147483648
    a[i] = x
end
table.sort(a)
local ordered, sum = true, 0
for i = 2, #a do
    if a[i - 1] > a[i] then
        ordered = false
    end
    sum = (sum * 31 + a[i]) % 1000003
end
print(tostring(ordered) .. " " .. string.format("%.0f", sum))
