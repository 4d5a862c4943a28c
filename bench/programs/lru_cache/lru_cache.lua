-- A cache that forgets what was used least recently: a table of entries, which are a doubly linked list in the order of
-- their use. Serves requests for ints and for strings from slow functions.

local floor = math.floor

local function new_entry(key, value) return { key = key, value = value, newer = nil, older = nil } end

local Cache = {}
Cache.__index = Cache
function Cache.new(capacity, compute)
    local self = setmetatable({
        capacity = capacity, compute = compute, entries = {}, size = 0, hits = 0, misses = 0, evictions = 0,
    }, Cache)
    -- One entry that is none: its neighbours are the newest and the oldest.
    self.ring = new_entry(nil, nil)
    self.ring.newer = self.ring
    self.ring.older = self.ring
    return self
end

function Cache:unlink(entry)
    entry.newer.older = entry.older
    entry.older.newer = entry.newer
end

function Cache:link_as_newest(entry)
    local newest = self.ring.older
    entry.older = newest
    entry.newer = self.ring
    newest.newer = entry
    self.ring.older = entry
end

function Cache:evict()
    local oldest = self.ring.newer
    self:unlink(oldest)
    self.entries[oldest.key] = nil
    self.size = self.size - 1
    self.evictions = self.evictions + 1
end

function Cache:get(key)
    local entry = self.entries[key]
    if entry ~= nil then
        self.hits = self.hits + 1
        if self.ring.older ~= entry then
            self:unlink(entry)
            self:link_as_newest(entry)
        end
        return entry.value
    end
    self.misses = self.misses + 1
    if self.size >= self.capacity then self:evict() end
    entry = new_entry(key, self.compute(key))
    self.entries[key] = entry
    self.size = self.size + 1
    self:link_as_newest(entry)
    return entry.value
end

function Cache:keys_by_age()
    local keys = {}
    local entry = self.ring.newer
    while entry ~= self.ring do
        keys[#keys + 1] = entry.key
        entry = entry.newer
    end
    return keys
end

function Cache:report(name)
    print(string.format("%s: %d hits, %d misses, %d evictions, %d kept", name, self.hits, self.misses, self.evictions, self.size))
end

local Random = {}
Random.__index = Random
function Random.new(seed) return setmetatable({ state = seed }, Random) end

function Random:next(n)
    self.state = self.state * 16807 % 2147483647
    return self.state % n
end

-- Small numbers more often than large ones.
function Random:skewed(n)
    local a, b = self:next(n), self:next(n)
    return floor(a * b / n)
end

local function collatz_steps(n)
    local steps = 0
    while n > 1 do
        if n % 2 == 0 then n = floor(n / 2) else n = 3 * n + 1 end
        steps = steps + 1
    end
    return steps
end

local function count_vowels(word)
    local count = 0
    for i = 1, #word do
        if ("aeiou"):find(word:sub(i, i), 1, true) then count = count + 1 end
    end
    return count
end

local function serve_ints(requests)
    local random = Random.new(12345)
    local cache = Cache.new(1000, collatz_steps)
    local sum = 0
    for i = 1, requests do
        sum = sum + cache:get(1 + random:skewed(5000))
    end
    cache:report("ints")
    local ages = cache:keys_by_age()
    print(string.format("sum %d, oldest %d, newest %d", sum, ages[1], ages[#ages]))
end

local function serve_words(requests)
    local syllables = { "ba", "co", "di", "fe", "gu", "lo", "ma", "ne", "pi", "ru", "sa", "te", "vo", "xy", "zu" }
    local words = {}
    for _, a in ipairs(syllables) do
        for _, b in ipairs(syllables) do
            for _, c in ipairs(syllables) do words[#words + 1] = a .. b .. c end
        end
    end
    local random = Random.new(54321)
    local cache = Cache.new(500, count_vowels)
    local sum = 0
    for i = 1, requests do
        sum = sum + cache:get(words[random:skewed(#words) + 1])
    end
    cache:report("words")
    local ages = cache:keys_by_age()
    print(string.format("sum %d, oldest %s, newest %s", sum, ages[1], ages[#ages]))
end

serve_ints(400000)
serve_words(200000)
