-- x = x + (i ^ j), then x = x + 1, 10,000 times 10,000 times each, at top level over globals.
bxor = bit and bit.bxor or load("return function(a, b) return a ~ b end")()
n = 10000
x = 0
for i = 0, n - 1 do
    for j = 0, n - 1 do
        x = x + bxor(i, j)
    end
end
for i = 0, n - 1 do
    for j = 0, n - 1 do
        x = x + 1
    end
end
print(string.format("%.0f", x))
