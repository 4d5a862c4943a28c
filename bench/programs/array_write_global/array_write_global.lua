-- a[i] = i + r over 1,000,000 elements, 100 rounds, at top level over globals.
n = 1000000
a = {}
for i = 1, n do
    a[i] = 0
end
for r = 0, 99 do
    for i = 0, n - 1 do
        a[i + 1] = i + r
    end
end
print(string.format("%.0f", a[1] + a[math.floor(n / 2) + 1] + a[n]))
