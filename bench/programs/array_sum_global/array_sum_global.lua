-- x = x + a[i] over 1,000,000 elements, 100 rounds, at top level over globals.
n = 1000000
a = {}
for i = 0, n - 1 do
    a[i + 1] = i * 7 % 1000
end
x = 0
for r = 1, 100 do
    for i = 1, n do
        x = x + a[i]
    end
end
print(string.format("%.0f", x))
