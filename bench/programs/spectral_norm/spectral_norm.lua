-- Spectral norm: the largest singular value of the infinite matrix 1, 1/2, 1/3, 1/4, ... (cut to n rows and
-- columns) by the power method, and how fast the method gets there.
local HilbertLike = {}
HilbertLike.__index = HilbertLike

function HilbertLike.new(n)
    return setmetatable({ n = n }, HilbertLike)
end

function HilbertLike:at(i, j)
    return 1 / ((i + j) * (i + j + 1) / 2 + i + 1)
end

-- result = A * v
function HilbertLike:times(v, result)
    for i = 0, self.n - 1 do
        local sum = 0.0
        for j = 0, self.n - 1 do
            sum = sum + self:at(i, j) * v[j + 1]
        end
        result[i + 1] = sum
    end
end

-- result = transposed A * v
function HilbertLike:transposed_times(v, result)
    for i = 0, self.n - 1 do
        local sum = 0.0
        for j = 0, self.n - 1 do
            sum = sum + self:at(j, i) * v[j + 1]
        end
        result[i + 1] = sum
    end
end

local function dot(a, b)
    local sum = 0.0
    for i = 1, #a do
        sum = sum + a[i] * b[i]
    end
    return sum
end

local function normalize(v)
    local length = math.sqrt(dot(v, v))
    for i = 1, #v do
        v[i] = v[i] / length
    end
    return length
end

local function fill(n, x)
    local a = {}
    for i = 1, n do a[i] = x end
    return a
end

local function spectral_norm(n, rounds, history)
    local matrix = HilbertLike.new(n)
    local u = fill(n, 1.0)
    local v = fill(n, 0.0)
    local between = fill(n, 0.0)
    for round = 1, rounds do
        matrix:times(u, between)
        matrix:transposed_times(between, v)
        matrix:times(v, between)
        matrix:transposed_times(between, u)
        history[#history + 1] = math.sqrt(dot(u, v) / dot(v, v))
        normalize(u)
    end
    return history[#history]
end

for _, n in ipairs({ 100, 200, 400, 800, 1600 }) do
    local history = {}
    local norm = spectral_norm(n, 12, history)
    local needed = 0
    while math.abs(history[needed + 1] - norm) > 1e-6 do
        needed = needed + 1
    end
    print(string.format("%d %.9f %.9f %d", n, norm, history[1], needed))
end
