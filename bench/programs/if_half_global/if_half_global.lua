-- if i < n div 2 then x = x + 1, 100,000,000 times, at top level over globals.
n = 100000000
x = 0
half = math.floor(n / 2)
for i = 0, n - 1 do
    if i < half then x = x + 1 end
end
print(string.format("%.0f", x))
