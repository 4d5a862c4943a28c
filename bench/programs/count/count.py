# x = x + 1, 100,000,000 times.
def run(n):
    x = 0
    for i in range(n):
        x = x + 1
    return x
print(run(100000000))
