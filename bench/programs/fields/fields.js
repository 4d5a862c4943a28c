// Reads and writes fields of two objects 10,000,000 times each.
class Point { constructor() { this.x = 0; this.y = 1; this.z = 2; } }
function run(n) {
    const p = new Point(), q = new Point();
    for (let i = 0; i < n; i++) {
        p.x = p.x + (i & q.y);
        q.z = q.z + p.x - p.y;
        p.y = (p.y + q.z) % 1024;
    }
    return p.x + q.z + p.y;
}
console.log(BigInt(run(5000000)).toString());
