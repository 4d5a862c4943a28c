# Points of a 400 by 400 grid that stay in the Mandelbrot set for 100 rounds, and the rounds of the others.
def mandelbrot(size, limit):
    total = 0
    for py in range(size):
        ci = 2.0 * py / size - 1.0
        for px in range(size):
            cr = 2.0 * px / size - 1.5
            zr = zi = 0.0
            i = 0
            while i < limit and zr * zr + zi * zi <= 4.0:
                t = zr * zr - zi * zi + cr
                zi = 2.0 * zr * zi + ci
                zr = t
                i = i + 1
            total = total + i
    return total
print(mandelbrot(400, 100))
