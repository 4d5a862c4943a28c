// Points of a 400 by 400 grid that stay in the Mandelbrot set for 100 rounds, and the rounds of the others.
function mandelbrot(size, limit) {
    let total = 0;
    for (let py = 0; py < size; py++) {
        const ci = 2.0 * py / size - 1.0;
        for (let px = 0; px < size; px++) {
            const cr = 2.0 * px / size - 1.5;
            let zr = 0.0, zi = 0.0;
            let i = 0;
            while (i < limit && zr * zr + zi * zi <= 4.0) {
                const t = zr * zr - zi * zi + cr;
                zi = 2.0 * zr * zi + ci;
                zr = t;
                i = i + 1;
            }
            total = total + i;
        }
    }
    return total;
}
console.log(String(mandelbrot(400, 100)));
