-- Builds a string of 2,000,000 short pieces and looks at every tenth character of it. Appending to a Lua string copies it:
-- the pieces are gathered in a table, as a user of Lua would.
local function build(n)
    local parts, count = {}, 0
    for i = 0, n - 1 do
        count = count + 1
        parts[count] = "ab"
        if i % 3 == 0 then
            count = count + 1
            parts[count] = "c"
        end
    end
    return table.concat(parts)
end
local function count(s, wanted)
    local found = 0
    local sub = string.sub
    for i = 1, #s, 10 do
        if sub(s, i, i) == wanted then
            found = found + 1
        end
    end
    return found
end
local s = build(2000000)
print(string.format("%d %d %d", #s, count(s, "a"), count(s, "c")))
