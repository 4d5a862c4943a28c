# x = x + 1, 100,000,000 times, at top level over globals.
n = 100000000
x = 0
for i in range(n):
    x = x + 1
print(x)
