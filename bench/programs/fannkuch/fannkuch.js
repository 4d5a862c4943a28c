// Fannkuch: the most flips that a permutation of 9 needs, and a checksum.
function fannkuch(n) {
    const p = [], q = [], s = [];
    for (let i = 0; i < n; i++) {
        p.push(i);
        q.push(0);
        s.push(i);
    }
    let sign = 1, most = 0, checksum = 0;
    for (;;) {
        let first = p[0];
        if (first !== 0) {
            for (let i = 1; i < n; i++) q[i] = p[i];
            let flips = 1;
            for (;;) {
                const next = q[first];
                if (next === 0) {
                    if (flips > most) most = flips;
                    checksum = checksum + sign * flips;
                    break;
                }
                q[first] = first;
                if (first >= 3) {
                    let i = 1, j = first - 1;
                    while (i < j) {
                        const t = q[i];
                        q[i] = q[j];
                        q[j] = t;
                        i = i + 1;
                        j = j - 1;
                    }
                }
                first = next;
                flips = flips + 1;
            }
        }
        if (sign === 1) {
            const t = p[0];
            p[0] = p[1];
            p[1] = t;
            sign = -1;
        } else {
            const t = p[1];
            p[1] = p[2];
            p[2] = t;
            sign = 1;
            let i = 2;
            for (;;) {
                const sx = s[i];
                if (sx !== 0) {
                    s[i] = sx - 1;
                    break;
                }
                if (i === n - 1) {
                    return checksum * 1000 + most;
                }
                s[i] = i;
                const head = p[0];
                for (let j = 0; j <= i; j++) p[j] = p[j + 1];
                i = i + 1;
                p[i] = head;
            }
        }
    }
}
console.log(String(fannkuch(9)));
