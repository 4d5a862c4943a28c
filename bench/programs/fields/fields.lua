-- Reads and writes fields of two objects 10,000,000 times each. The last bits are taken by `%`, which LuaJIT has too.
local function run(n)
    local p, q = { x = 0, y = 1, z = 2 }, { x = 0, y = 1, z = 2 }
    for i = 0, n - 1 do
        p.x = p.x + i % (q.y + 1)
        q.z = q.z + p.x - p.y
        p.y = (p.y + q.z) % 1024
    end
    return p.x + q.z + p.y
end
print(string.format("%.0f", run(5000000)))
