// Five bodies under gravity, 200,000 steps; each body's state at an index of seven arrays.
function energy(x, y, z, vx, vy, vz, mass) {
    let e = 0.0;
    const n = mass.length;
    for (let i = 0; i < n; i++) {
        e = e + 0.5 * mass[i] * (vx[i] * vx[i] + vy[i] * vy[i] + vz[i] * vz[i]);
        for (let j = i + 1; j < n; j++) {
            const dx = x[i] - x[j];
            const dy = y[i] - y[j];
            const dz = z[i] - z[j];
            e = e - mass[i] * mass[j] / Math.sqrt(dx * dx + dy * dy + dz * dz);
        }
    }
    return e;
}
function advance(x, y, z, vx, vy, vz, mass, dt) {
    const n = mass.length;
    for (let i = 0; i < n; i++) {
        for (let j = i + 1; j < n; j++) {
            const dx = x[i] - x[j];
            const dy = y[i] - y[j];
            const dz = z[i] - z[j];
            const d2 = dx * dx + dy * dy + dz * dz;
            const mag = dt / (d2 * Math.sqrt(d2));
            const mi = mass[i], mj = mass[j];
            vx[i] = vx[i] - dx * mj * mag;
            vy[i] = vy[i] - dy * mj * mag;
            vz[i] = vz[i] - dz * mj * mag;
            vx[j] = vx[j] + dx * mi * mag;
            vy[j] = vy[j] + dy * mi * mag;
            vz[j] = vz[j] + dz * mi * mag;
        }
    }
    for (let i = 0; i < n; i++) {
        x[i] = x[i] + dt * vx[i];
        y[i] = y[i] + dt * vy[i];
        z[i] = z[i] + dt * vz[i];
    }
}
function run(steps) {
    const x = [0.0, 4.84, 8.34, 12.89, 15.37];
    const y = [0.0, -1.16, 4.12, -15.11, -25.9];
    const z = [0.0, -0.1, -0.4, -0.22, 0.18];
    const vx = [0.0, 0.6, -1.01, 1.08, 0.97];
    const vy = [0.0, 2.81, 1.82, 0.86, 0.59];
    const vz = [0.0, -0.02, 0.008, -0.01, -0.03];
    const mass = [39.47, 0.037, 0.011, 0.0017, 0.002];
    for (let s = 0; s < steps; s++) {
        advance(x, y, z, vx, vy, vz, mass, 0.01);
    }
    return energy(x, y, z, vx, vy, vz, mass);
}
console.log(String(Math.floor(run(200000) * 1e9)));
