-- x = x + i, 100,000,000 times, at top level over globals.
n = 100000000
x = 0
for i = 0, n - 1 do
    x = x + i
end
print(string.format("%.0f", x))
