-- Permutations in several ways: by recursion with swaps, in lexicographic order, by rank and back; their cycles, inversions
-- and fixed points, and how they compose.
local function count_inversions(p)
    local count = 0
    for i = 1, #p do
        for j = i + 1, #p do
            if p[i] > p[j] then count = count + 1 end
        end
    end
    return count
end

local function count_cycles(p)
    local seen = {}
    for i = 1, #p do seen[i] = false end
    local count = 0
    for start = 1, #p do
        if not seen[start] then
            count = count + 1
            local i = start
            while not seen[i] do
                seen[i] = true
                i = p[i]
            end
        end
    end
    return count
end

local Statistics = {}
Statistics.__index = Statistics

function Statistics.new(n)
    local self = setmetatable({ count = 0, fixed_points = 0, even = 0, inversions = {}, cycles = {} }, Statistics)
    for i = 1, n * (n - 1) / 2 + 1 do self.inversions[i] = 0 end
    return self
end

function Statistics:add(p)
    self.count = self.count + 1
    for i, x in ipairs(p) do
        if i == x then self.fixed_points = self.fixed_points + 1 end
    end
    local inversions = count_inversions(p)
    self.inversions[inversions + 1] = self.inversions[inversions + 1] + 1
    local cycles = count_cycles(p)
    self.cycles[cycles] = (self.cycles[cycles] or 0) + 1
    if (#p - cycles) % 2 == 0 then self.even = self.even + 1 end
end

local function permute(p, k, visit)
    if k > #p then
        visit(p)
        return
    end
    for i = k, #p do
        p[k], p[i] = p[i], p[k]
        permute(p, k + 1, visit)
        p[k], p[i] = p[i], p[k]
    end
end

-- Goes on to the next one in lexicographic order; false after the last.
local function next_permutation(p)
    local i = #p - 1
    while i >= 1 and p[i] > p[i + 1] do i = i - 1 end
    if i < 1 then return false end
    local j = #p
    while p[j] < p[i] do j = j - 1 end
    p[i], p[j] = p[j], p[i]
    local low, high = i + 1, #p
    while low < high do
        p[low], p[high] = p[high], p[low]
        low = low + 1
        high = high - 1
    end
    return true
end

local function factorial(n)
    if n < 2 then return 1 end
    return n * factorial(n - 1)
end

local function rank(p)
    local result = 0
    for i = 1, #p do
        local smaller = 0
        for j = i + 1, #p do
            if p[j] < p[i] then smaller = smaller + 1 end
        end
        result = result + smaller * factorial(#p - i)
    end
    return result
end

local function range(n)
    local a = {}
    for i = 1, n do a[i] = i end
    return a
end

local function unrank(r, n)
    local left = range(n)
    local p = {}
    for i = n - 1, 0, -1 do
        local f = factorial(i)
        p[#p + 1] = table.remove(left, math.floor(r / f) + 1)
        r = r % f
    end
    return p
end

local function compose(p, q)
    local result = {}
    for _, x in ipairs(q) do result[#result + 1] = p[x] end
    return result
end

local function is_identity(p)
    for i, x in ipairs(p) do
        if i ~= x then return false end
    end
    return true
end

local function order(p)
    local power, n = p, 1
    while not is_identity(power) do
        power = compose(p, power)
        n = n + 1
    end
    return n
end

for n = 6, 8 do
    local statistics = Statistics.new(n)
    permute(range(n), 1, function(p) statistics:add(p) end)
    local by_cycles = {}
    for c = 1, n do by_cycles[c] = statistics.cycles[c] end
    print(string.format("%d %d %d %s %s", statistics.count, statistics.fixed_points, statistics.even,
        table.concat(by_cycles, ","), table.concat(statistics.inversions, ",")))
end

local p = range(9)
local checksum, number = 0, 0
repeat
    checksum = (checksum * 31 + (p[number % 9 + 1] - 1) * 7 + p[1] - 1) % 1000003
    number = number + 1
until not next_permutation(p)
print(string.format("%d %d", number, checksum))

local wrong, orders = 0, 0
for r = 0, factorial(9) - 1, 3 do
    local q = unrank(r, 9)
    if rank(q) ~= r then wrong = wrong + 1 end
    if r % 5 == 0 then orders = orders + order(q) end
end
print(string.format("%d %d", wrong, orders))
