-- Spelling correction: makes words and misspells them, then looks for the nearest word of a dictionary by the distance of
-- Levenshtein with transpositions; and aligns long strings of bases.
local byte, sub, min, max = string.byte, string.sub, math.min, math.max

local state = 42
local function random_below(n)
    state = state * 16807 % 2147483647
    return state % n
end

local LETTERS = "abcdefghijklmnopqrstuvwxyz"
local BASES = "ACGT"

local function random_letter(letters)
    local i = random_below(#letters)
    return sub(letters, i + 1, i + 1)
end

local function random_word(letters, length)
    local word = ""
    for i = 1, length do
        word = word .. random_letter(letters)
    end
    return word
end

local function misspell(word)
    local at = random_below(#word - 1)
    local kind = random_below(4)
    if kind == 0 then
        return sub(word, 1, at) .. sub(word, at + 2)
    elseif kind == 1 then
        return sub(word, 1, at) .. random_letter(LETTERS) .. sub(word, at + 1)
    elseif kind == 2 then
        return sub(word, 1, at) .. random_letter(LETTERS) .. sub(word, at + 2)
    else
        return sub(word, 1, at) .. sub(word, at + 2, at + 2) .. sub(word, at + 1, at + 1) .. sub(word, at + 3)
    end
end

-- The least number of insertions, deletions, replacements and transpositions that make b of a.
local function distance(a, b)
    local before, previous, current = {}, {}, {}
    for j = 0, #b do
        before[j], previous[j], current[j] = 0, j, 0
    end
    for i = 1, #a do
        current[0] = i
        for j = 1, #b do
            local best = previous[j - 1]
            if byte(a, i) ~= byte(b, j) then
                best = min(best, previous[j], current[j - 1]) + 1
                if i > 1 and j > 1 and byte(a, i) == byte(b, j - 1) and byte(a, i - 1) == byte(b, j) then
                    best = min(best, before[j - 2] + 1)
                end
            end
            current[j] = best
        end
        before, previous, current = previous, current, before
    end
    return previous[#b]
end

-- A longest common subsequence.
local function common(a, b)
    local rows = {}
    for i = 0, #a do
        local row = {}
        for j = 0, #b do row[j] = 0 end
        rows[i] = row
    end
    for i = 1, #a do
        for j = 1, #b do
            if byte(a, i) == byte(b, j) then
                rows[i][j] = rows[i - 1][j - 1] + 1
            else
                rows[i][j] = max(rows[i - 1][j], rows[i][j - 1])
            end
        end
    end
    local result = {}
    local i, j = #a, #b
    while i > 0 and j > 0 do
        if byte(a, i) == byte(b, j) then
            result[#result + 1] = sub(a, i, i)
            i = i - 1
            j = j - 1
        elseif rows[i - 1][j] >= rows[i][j - 1] then
            i = i - 1
        else
            j = j - 1
        end
    end
    return string.reverse(table.concat(result))
end

local words = {}
for i = 1, 600 do
    words[i] = random_word(LETTERS, 4 + random_below(8))
end
local right, total = 0, 0
for i = 1, 150 do
    local word = words[random_below(#words) + 1]
    local wrong = misspell(misspell(word))
    local best, nearest = 1000, ""
    for _, candidate in ipairs(words) do
        local d = distance(wrong, candidate)
        if d < best then
            best = d
            nearest = candidate
        end
    end
    total = total + best
    if nearest == word then right = right + 1 end
end
print("corrected " .. right .. " of 150, " .. total .. " edits")

local first = random_word(BASES, 1500)
local second = random_word(BASES, 1500)
local shared = common(first, second)
print(#shared .. " " .. sub(shared, 1, 40) .. " " .. distance(first, second))
