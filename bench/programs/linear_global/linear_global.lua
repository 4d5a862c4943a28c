-- x = x + i * 2 - 1, 100,000,000 times, at top level over globals.
n = 100000000
x = 0
for i = 0, n - 1 do
    x = x + i * 2 - 1
end
print(string.format("%.0f", x))
