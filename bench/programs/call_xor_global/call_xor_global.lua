-- x = add_one(x) ^ i, 100,000,000 times, at top level over globals.
bxor = bit and bit.bxor or load("return function(a, b) return a ~ b end")()
function add_one(x)
    return x + 1
end
n = 100000000
x = 0
for i = 0, n - 1 do
    x = bxor(add_one(x), i)
end
print(string.format("%.0f", x))
