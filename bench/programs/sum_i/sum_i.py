# x = x + i, 100,000,000 times.
def run(n):
    x = 0
    for i in range(n):
        x = x + i
    return x
print(run(100000000))
