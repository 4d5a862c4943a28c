-- Points of a 400 by 400 grid that stay in the Mandelbrot set for 100 rounds, and the rounds of the others.
local function mandelbrot(size, limit)
    local total = 0
    for py = 0, size - 1 do
        local ci = 2.0 * py / size - 1.0
        for px = 0, size - 1 do
            local cr = 2.0 * px / size - 1.5
            local zr, zi = 0.0, 0.0
            local i = 0
            while i < limit and zr * zr + zi * zi <= 4.0 do
                local t = zr * zr - zi * zi + cr
                zi = 2.0 * zr * zi + ci
                zr = t
                i = i + 1
            end
            total = total + i
        end
    end
    return total
end
print(string.format("%.0f", mandelbrot(400, 100)))
