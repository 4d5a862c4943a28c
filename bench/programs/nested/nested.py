# x = x + (i ^ j), then x = x + 1, 10,000 times 10,000 times each.
def run(n):
    x = 0
    for i in range(n):
        for j in range(n):
            x = x + (i ^ j)
    for i in range(n):
        for j in range(n):
            x = x + 1
    return x
print(run(10000))
