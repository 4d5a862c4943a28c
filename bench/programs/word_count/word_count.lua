-- Counts the words of a text that it makes up: how often each occurs, on which lines, by which letters they begin, and
-- which are anagrams of each other.

local random = 77
local function next_random(n)
    random = random * 16807 % 2147483647
    return random % n
end

local function make_vocabulary(size)
    local onsets = { "b", "c", "d", "f", "g", "l", "m", "n", "p", "r", "s", "t", "st", "tr" }
    local vowels = { "a", "e", "i", "o", "u", "ea" }
    local words = {}
    for i = 1, size do
        local word = ""
        for syllable = 1, 1 + next_random(3) do
            local onset = onsets[next_random(#onsets) + 1]
            word = word .. onset .. vowels[next_random(#vowels) + 1]
        end
        if next_random(3) == 0 then word = word .. "n" end
        words[#words + 1] = word
    end
    return words
end

local function make_text(lines, vocabulary)
    local text = {}
    local sentence_begins = true
    for i = 1, lines do
        local line = {}
        for k = 1, 6 + next_random(8) do
            local a = next_random(#vocabulary)
            local at = math.floor(a * next_random(#vocabulary) / #vocabulary)
            local word = vocabulary[at + 1]
            if sentence_begins then
                word = word:sub(1, 1):upper() .. word:sub(2)
                sentence_begins = false
            end
            local mark = next_random(12)
            if mark == 0 then
                word = word .. "."
                sentence_begins = true
            elseif mark == 1 then
                word = word .. ","
            end
            line[#line + 1] = word
        end
        text[#text + 1] = table.concat(line, " ")
    end
    return table.concat(text, "\n")
end

local function is_letter(c) return c >= "a" and c <= "z" or c >= "A" and c <= "Z" end

-- The words of a line, in lower case.
local function words_of(line)
    local words = {}
    local at = 1
    local size = #line
    while at <= size do
        while at <= size and not is_letter(line:sub(at, at)) do at = at + 1 end
        local start = at
        while at <= size and is_letter(line:sub(at, at)) do at = at + 1 end
        if at > start then words[#words + 1] = line:sub(start, at - 1):lower() end
    end
    return words
end

local Index = {}
Index.__index = Index
function Index.new() return setmetatable({ counts = {}, different = 0, lines = {}, total = 0 }, Index) end

function Index:add(word, line_number)
    self.total = self.total + 1
    if self.counts[word] then
        self.counts[word] = self.counts[word] + 1
        local lines = self.lines[word]
        if lines[#lines] ~= line_number then lines[#lines + 1] = line_number end
    else
        self.counts[word] = 1
        self.different = self.different + 1
        self.lines[word] = { line_number }
    end
end

function Index:add_text(text)
    local number = 0
    for line in (text .. "\n"):gmatch("(.-)\n") do
        number = number + 1
        for _, word in ipairs(words_of(line)) do self:add(word, number) end
    end
end

function Index:most_frequent(n)
    local words = {}
    for word in pairs(self.counts) do words[#words + 1] = word end
    table.sort(words, function(a, b)
        local x, y = self.counts[a], self.counts[b]
        if x == y then return a < b end
        return x > y
    end)
    local first = {}
    for i = 1, n do first[i] = words[i] end
    return first
end

function Index:by_first_letter()
    local totals = {}
    for word, count in pairs(self.counts) do
        local letter = word:sub(1, 1)
        totals[letter] = (totals[letter] or 0) + count
    end
    return totals
end

-- The largest group of words with the same letters; the first by the alphabet if there are several.
function Index:anagrams()
    local groups = {}
    for word in pairs(self.counts) do
        local letters = {}
        for i = 1, #word do letters[i] = word:sub(i, i) end
        table.sort(letters)
        local key = table.concat(letters)
        if groups[key] then table.insert(groups[key], word) else groups[key] = { word } end
    end
    local best, best_key = {}, ""
    for key, words in pairs(groups) do
        if #words > #best or (#words == #best and key < best_key) then
            best = words
            best_key = key
        end
    end
    table.sort(best)
    return best
end

local text = make_text(24000, make_vocabulary(6000))
local index = Index.new()
index:add_text(text)
print(string.format("%d characters, %d words, %d different", #text, index.total, index.different))
for _, word in ipairs(index:most_frequent(8)) do
    local lines = index.lines[word]
    print(string.format("%-10s %d times on %d lines, first on %d", word, index.counts[word], #lines, lines[1]))
end
local totals = index:by_first_letter()
local letters = {}
for letter in pairs(totals) do letters[#letters + 1] = letter end
table.sort(letters)
for i, letter in ipairs(letters) do letters[i] = letter .. ":" .. totals[letter] end
print(table.concat(letters, " "))
print("anagrams: " .. table.concat(index:anagrams(), " "))
