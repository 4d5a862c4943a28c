# if i % 2 == 0 then x = x + 1 else x = x - 1, 100,000,000 times.
def run(n):
    x = 0
    for i in range(n):
        if i % 2 == 0:
            x = x + 1
        else:
            x = x - 1
    return x
print(run(100000000))
