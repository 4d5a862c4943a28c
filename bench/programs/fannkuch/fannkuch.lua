-- Fannkuch: the most flips that a permutation of 9 needs, and a checksum.
local function fannkuch(n)
    local p, q, s = {}, {}, {}
    for i = 0, n - 1 do
        p[i], q[i], s[i] = i, 0, i
    end
    local sign, most, checksum = 1, 0, 0
    while true do
        local first = p[0]
        if first ~= 0 then
            for i = 1, n - 1 do q[i] = p[i] end
            local flips = 1
            while true do
                local next = q[first]
                if next == 0 then
                    if flips > most then most = flips end
                    checksum = checksum + sign * flips
                    break
                end
                q[first] = first
                if first >= 3 then
                    local i, j = 1, first - 1
                    while i < j do
                        local t = q[i]
                        q[i] = q[j]
                        q[j] = t
                        i = i + 1
                        j = j - 1
                    end
                end
                first = next
                flips = flips + 1
            end
        end
        if sign == 1 then
            local t = p[0]
            p[0] = p[1]
            p[1] = t
            sign = -1
        else
            local t = p[1]
            p[1] = p[2]
            p[2] = t
            sign = 1
            local i = 2
            while true do
                local sx = s[i]
                if sx ~= 0 then
                    s[i] = sx - 1
                    break
                end
                if i == n - 1 then
                    return checksum * 1000 + most
                end
                s[i] = i
                local head = p[0]
                for j = 0, i do p[j] = p[j + 1] end
                i = i + 1
                p[i] = head
            end
        end
    end
end
print(string.format("%.0f", fannkuch(9)))
