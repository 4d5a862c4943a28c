-- if i % 2 == 0 then x = x + 1 else x = x - 1, 100,000,000 times, at top level over globals.
n = 100000000
x = 0
for i = 0, n - 1 do
    if i % 2 == 0 then x = x + 1 else x = x - 1 end
end
print(string.format("%.0f", x))
