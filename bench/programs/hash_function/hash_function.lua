-- Hashes of bytes: SHA-256 in a class that takes its input in pieces, and MurmurHash3, of texts and of one long message.
local bit = bit or load([[return {
    band = function(a, b) return (a & b) & 0xFFFFFFFF end,
    bor = function(a, b, c, d) return (a | b | (c or 0) | (d or 0)) & 0xFFFFFFFF end,
    bxor = function(a, b, c) return (a ~ b ~ (c or 0)) & 0xFFFFFFFF end,
    bnot = function(a) return ~a & 0xFFFFFFFF end,
    lshift = function(a, n) return (a << n) & 0xFFFFFFFF end,
    rshift = function(a, n) return (a & 0xFFFFFFFF) >> n end,
    ror = function(a, n) a = a & 0xFFFFFFFF; return (a >> n | a << (32 - n)) & 0xFFFFFFFF end,
    tobit = function(a) return a & 0xFFFFFFFF end,
}]])()
local band, bor, bxor, bnot = bit.band, bit.bor, bit.bxor, bit.bnot
local lshift, rshift, ror, tobit = bit.lshift, bit.rshift, bit.ror, bit.tobit

local function hexadecimal(x)
    return string.format("%08x", x % 4294967296)
end

local function primes(n)
    local found = {}
    local candidate = 2
    while #found < n do
        local prime = true
        for _, p in ipairs(found) do
            if candidate % p == 0 then
                prime = false
                break
            end
        end
        if prime then found[#found + 1] = candidate end
        candidate = candidate + 1
    end
    return found
end

-- The first 32 bits behind the point of x.
local function fraction_bits(x)
    return tobit(math.floor((x - math.floor(x)) * 4294967296))
end

local ROUND_CONSTANTS, START = {}, {}
for i, p in ipairs(primes(64)) do ROUND_CONSTANTS[i] = fraction_bits(p ^ (1 / 3)) end
for i, p in ipairs(primes(8)) do START[i] = fraction_bits(math.sqrt(p)) end

local Sha256 = {}
Sha256.__index = Sha256

function Sha256.new()
    local self = setmetatable({ length = 0, used = 0, state = {}, block = {}, words = {} }, Sha256)
    for i = 1, 8 do self.state[i] = START[i] end
    for i = 0, 63 do self.block[i], self.words[i] = 0, 0 end
    return self
end

function Sha256:add(byte)
    self.block[self.used] = byte
    self.used = self.used + 1
    self.length = self.length + 1
    if self.used == 64 then
        self:compress()
        self.used = 0
    end
end

function Sha256:update(bytes)
    for i = 1, #bytes do
        self:add(bytes[i])
    end
    return self
end

function Sha256:compress()
    local w, block = self.words, self.block
    for i = 0, 15 do
        w[i] = bor(lshift(block[4 * i], 24), lshift(block[4 * i + 1], 16), lshift(block[4 * i + 2], 8), block[4 * i + 3])
    end
    for i = 16, 63 do
        local x, y = w[i - 15], w[i - 2]
        local s0 = bxor(ror(x, 7), ror(x, 18), rshift(x, 3))
        local s1 = bxor(ror(y, 17), ror(y, 19), rshift(y, 10))
        w[i] = tobit(w[i - 16] + s0 + w[i - 7] + s1)
    end
    local state = self.state
    local a, b, c, d, e, f, g, h = state[1], state[2], state[3], state[4], state[5], state[6], state[7], state[8]
    for i = 0, 63 do
        local s1 = bxor(ror(e, 6), ror(e, 11), ror(e, 25))
        local choice = bxor(band(e, f), band(bnot(e), g))
        local t1 = tobit(h + s1 + choice + ROUND_CONSTANTS[i + 1] + w[i])
        local s0 = bxor(ror(a, 2), ror(a, 13), ror(a, 22))
        local majority = bxor(band(a, b), band(a, c), band(b, c))
        local t2 = tobit(s0 + majority)
        h, g, f = g, f, e
        e = tobit(d + t1)
        d, c, b = c, b, a
        a = tobit(t1 + t2)
    end
    for i, x in ipairs({ a, b, c, d, e, f, g, h }) do
        state[i] = tobit(state[i] + x)
    end
end

function Sha256:digest()
    local bits = self.length * 8
    self:add(0x80)
    while self.used ~= 56 do
        self:add(0)
    end
    for shift = 56, 0, -8 do
        self:add(math.floor(bits / 2 ^ shift) % 256)
    end
    local parts = {}
    for i, x in ipairs(self.state) do parts[i] = hexadecimal(x) end
    return table.concat(parts)
end

-- The lower 32 bits of a product.
local function multiply(a, b)
    a, b = a % 4294967296, b % 4294967296
    local low = b % 65536
    return tobit((a * ((b - low) / 65536) % 65536 * 65536 + a * low) % 4294967296)
end

local function murmur3(bytes, seed)
    local h = seed
    local n = #bytes
    local count = (n - n % 4) / 4
    for i = 1, 4 * count, 4 do
        local k = bor(bytes[i], lshift(bytes[i + 1], 8), lshift(bytes[i + 2], 16), lshift(bytes[i + 3], 24))
        k = ror(multiply(k, 0xcc9e2d51), 17)
        h = bxor(h, multiply(k, 0x1b873593))
        h = tobit(ror(h, 19) * 5 + 0xe6546b64)
    end
    local k = 0
    for i = n, 4 * count + 1, -1 do
        k = bor(lshift(k, 8), bytes[i])
    end
    k = ror(multiply(k, 0xcc9e2d51), 17)
    h = bxor(h, multiply(k, 0x1b873593), n)
    h = multiply(bxor(h, rshift(h, 16)), 0x85ebca6b)
    h = multiply(bxor(h, rshift(h, 13)), 0xc2b2ae35)
    return bxor(h, rshift(h, 16))
end

local function bytes_of(text)
    local bytes = {}
    for i = 1, #text do bytes[i] = text:byte(i) end
    return bytes
end

for _, text in ipairs({ "", "abc", "The quick brown fox jumps over the lazy dog" }) do
    print(Sha256.new():update(bytes_of(text)):digest() .. " " .. hexadecimal(murmur3(bytes_of(text), 42)))
end

local message = {}
local x = 1
for i = 1, 1000000 do
    x = x * 16807 % 2147483647
    message[i] = x % 256
end
local hasher = Sha256.new()
for round = 1, 9 do
    hasher:update(message)
end
print(hasher:digest())
local h = 0
for round = 1, 30 do
    h = murmur3(message, h)
end
print(hexadecimal(h))
