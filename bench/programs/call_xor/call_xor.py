# x = add_one(x) ^ i, 100,000,000 times.
def add_one(x):
    return x + 1
def run(n):
    x = 0
    for i in range(n):
        x = add_one(x) ^ i
    return x
print(run(100000000))
