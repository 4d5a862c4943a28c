# x = x + i * 0.5, 100,000,000 times.
def run(n):
    x = 0.0
    for i in range(n):
        x = x + i * 0.5
    return x
print(int(run(100000000)))
