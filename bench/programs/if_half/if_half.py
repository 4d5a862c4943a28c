# if i < n div 2 then x = x + 1, 100,000,000 times.
def run(n):
    x = 0
    for i in range(n):
        if i < n // 2:
            x = x + 1
    return x
print(run(100000000))
