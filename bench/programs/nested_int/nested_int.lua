-- Three nested loops over ints, with a branch in the innermost.
local function run(n)
    local x = 0
    for i = 0, n - 1 do
        for j = 0, n - 1 do
            for k = 0, n - 1 do
                if (i + j + k) % 3 == 0 then
                    x = x + i * j - k
                else
                    x = x - 1
                end
            end
        end
    end
    return x
end
print(string.format("%.0f", run(300)))
