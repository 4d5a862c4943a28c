-- Quicksort of 500,000 pseudo-random ints, and a checksum of the order.
local function quicksort(a, low, high)
    while low < high do
        local pivot = a[math.floor((low + high) / 2)]
        local i, j = low, high
        while i <= j do
            while a[i] < pivot do i = i + 1 end
            while a[j] > pivot do j = j - 1 end
            if i <= j then
                local t = a[i]
                a[i] = a[j]
                a[j] = t
                i = i + 1
                j = j - 1
            end
        end
        if j - low < high - i then
            quicksort(a, low, j)
            low = i
        else
            quicksort(a, i, high)
            high = j
        end
    end
end
local function run(n)
    local a = {}
    local seed = 42
    for i = 0, n - 1 do
        seed = seed * 16807 % 2147483647
        a[i] = seed
    end
    quicksort(a, 0, n - 1)
    local sum = 0
    for i = 0, n - 1 do
        sum = (sum * 31 + a[i]) % 1000000007
    end
    return sum
end
print(string.format("%.0f", run(500000)))
