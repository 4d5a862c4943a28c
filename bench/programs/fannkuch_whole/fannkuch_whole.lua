-- Pancake flipping: takes all permutations of n numbers in the order of rotations, counts for each how many flips of a
-- prefix bring the 1 to the front, and shows the most, a checksum and how often each count occurs.
local Permutations = {}
Permutations.__index = Permutations

function Permutations.new(n)
    local self = setmetatable({ n = n, items = {}, count = {} }, Permutations)
    for i = 1, n do
        self.items[i] = i - 1
        self.count[i] = i
    end
    return self
end

-- Goes on to the next permutation; false after the last one.
function Permutations:advance()
    local items = self.items
    local k = 2
    while true do
        if k > self.n then return false end
        -- Rotate the first k elements to the left.
        local head = items[1]
        for i = 1, k - 1 do
            items[i] = items[i + 1]
        end
        items[k] = head
        self.count[k] = self.count[k] - 1
        if self.count[k] > 0 then return true end
        self.count[k] = k
        k = k + 1
    end
end

local function reverse_prefix(a, last)
    local i = 1
    while i < last do
        a[i], a[last] = a[last], a[i]
        i = i + 1
        last = last - 1
    end
end

local function count_flips(items, scratch)
    if items[1] == 0 then return 0 end
    for i = 1, #items do
        scratch[i] = items[i]
    end
    local flips = 0
    local first = scratch[1]
    while first ~= 0 do
        reverse_prefix(scratch, first + 1)
        flips = flips + 1
        first = scratch[1]
    end
    return flips
end

local function fannkuch(n)
    local permutations = Permutations.new(n)
    local scratch = {}
    for i = 1, n do scratch[i] = 0 end
    local histogram = {}
    local checksum, index, most = 0, 0, 0
    repeat
        local flips = count_flips(permutations.items, scratch)
        if flips > most then most = flips end
        while #histogram <= flips do
            histogram[#histogram + 1] = 0
        end
        histogram[flips + 1] = histogram[flips + 1] + 1
        checksum = checksum + (index % 2 == 0 and flips or -flips)
        index = index + 1
    until not permutations:advance()
    return checksum, most, histogram
end

for n = 7, 10 do
    local checksum, most, histogram = fannkuch(n)
    print("Pfannkuchen(" .. n .. ") = " .. most .. ", checksum " .. checksum)
    print(table.concat(histogram, " "))
end
