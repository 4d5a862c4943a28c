-- Pipelines of functions: generators that are closures, pulled one value at a time through maps, filters and windows; the
-- same over arrays with map, filter and reduce; composed and curried functions, memoized ones, and counters.
local function count_from(start)
    local next = start - 1
    return function()
        next = next + 1
        return next
    end
end

local function mapped(source, f)
    return function()
        local x = source()
        if x == nil then return nil end
        return f(x)
    end
end

local function filtered(source, keep)
    return function()
        while true do
            local x = source()
            if x == nil or keep(x) then return x end
        end
    end
end

local function taken(source, count)
    return function()
        if count == 0 then return nil end
        count = count - 1
        return source()
    end
end

local function pairs_of(source)
    local last = source()
    return function()
        local x = source()
        if x == nil then return nil end
        local pair = { last, x }
        last = x
        return pair
    end
end

local function fold(source, start, f)
    local result = start
    while true do
        local x = source()
        if x == nil then return result end
        result = f(result, x)
    end
end

local function compose(...)
    local functions = { ... }
    return function(x)
        for _, f in ipairs(functions) do x = f(x) end
        return x
    end
end

local function curry(f)
    return function(a) return function(b) return f(a, b) end end
end

local function memoize(f)
    local known = {}
    return function(x)
        if known[x] == nil then known[x] = f(x) end
        return known[x]
    end
end

local function map(a, f)
    local result = {}
    for i = 1, #a do result[i] = f(a[i]) end
    return result
end

local function filter(a, keep)
    local result = {}
    for i = 1, #a do
        if keep(a[i]) then result[#result + 1] = a[i] end
    end
    return result
end

local function reduce(a, f, start)
    local result = start
    for i = 1, #a do result = f(result, a[i]) end
    return result
end

local function any(a, f)
    for i = 1, #a do
        if f(a[i]) then return true end
    end
    return false
end

local function add(a, b) return a + b end
local function multiply(a, b) return a * b end
local adder = curry(add)
local scaler = curry(multiply)
local function modulo(m) return function(x) return x % m end end

local function sum_of_squares(count)
    local odd = filtered(count_from(1), function(x) return x % 2 == 1 end)
    local squares = mapped(odd, function(x) return x * x % 10007 end)
    return fold(taken(squares, count), 0, add)
end

local function differences(count)
    local values = mapped(count_from(0), compose(scaler(7919), adder(31), modulo(1009)))
    local steps = mapped(pairs_of(taken(values, count)), function(pair) return math.abs(pair[2] - pair[1]) end)
    return fold(steps, 0, math.max)
end

local function with_arrays(count)
    local numbers = {}
    for i = 1, count do numbers[i] = i - 1 end
    local evens = filter(map(numbers, compose(scaler(3), adder(1))), function(x) return x % 2 == 0 end)
    local total = reduce(evens, function(a, b) return (a + b) % 1000003 end, 0)
    return total + (any(evens, function(x) return x == 3 * count - 2 end) and 1 or 0)
end

local function collatz(limit)
    local seen = 0
    local function step(x)
        if x % 2 == 0 then return x / 2 end
        return 3 * x + 1
    end
    local length = memoize(function(x)
        local steps = 0
        while x ~= 1 do
            x = step(x)
            steps = steps + 1
        end
        seen = seen + 1
        return steps
    end)
    local longest = fold(taken(mapped(count_from(1), function(x) return length(x % limit + 1) end), 3 * limit), 0, math.max)
    return "[" .. longest .. ", " .. seen .. "]"
end

for round = 1, 5 do
    print(string.format("%d %d %d %s", sum_of_squares(300000 * round), differences(200000 * round),
        with_arrays(40000 * round), collatz(500 * round)))
end
