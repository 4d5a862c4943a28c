-- Sorts 200,000 pairs by a function of the program.
local a, x = {}, 42
for i = 1, 200000 do
    local low = x % 65536
    local high = (x - low) / 65536
    x = (high * 1103515245 % 32768 * 65536 + low * 1103515245 + 12345) % 2147483648
    a[i] = { x % 1000, i - 1 }
end
table.sort(a, function(p, q) return p[1] < q[1] or p[1] == q[1] and p[2] < q[2] end)
local sum = 0
for i = 1, #a do
    sum = (sum * 31 + a[i][1] * 7 + a[i][2]) % 1000003
end
print(string.format("%.0f", sum))
