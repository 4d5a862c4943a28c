# Fannkuch: the most flips that a permutation of 9 needs, and a checksum.
def fannkuch(n):
    p = list(range(n))
    q = [0] * n
    s = list(range(n))
    sign, most, checksum = 1, 0, 0
    while True:
        first = p[0]
        if first != 0:
            for i in range(1, n):
                q[i] = p[i]
            flips = 1
            while True:
                next = q[first]
                if next == 0:
                    if flips > most:
                        most = flips
                    checksum = checksum + sign * flips
                    break
                q[first] = first
                if first >= 3:
                    i = 1
                    j = first - 1
                    while i < j:
                        q[i], q[j] = q[j], q[i]
                        i = i + 1
                        j = j - 1
                first = next
                flips = flips + 1
        if sign == 1:
            p[0], p[1] = p[1], p[0]
            sign = -1
        else:
            p[1], p[2] = p[2], p[1]
            sign = 1
            i = 2
            while True:
                sx = s[i]
                if sx != 0:
                    s[i] = sx - 1
                    break
                if i == n - 1:
                    return checksum * 1000 + most
                s[i] = i
                head = p[0]
                for j in range(i + 1):
                    p[j] = p[j + 1]
                i = i + 1
                p[i] = head
print(fannkuch(9))
