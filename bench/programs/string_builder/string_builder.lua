-- Texts that are built piece by piece: a table of measurements as CSV, as a page of HTML and as aligned columns, a template
-- that is filled in, and words run through a cipher.
local Builder = {}
Builder.__index = Builder

function Builder.new(indent)
    return setmetatable({ parts = {}, indent = indent or "  ", depth = 0, size = 0 }, Builder)
end

function Builder:add(text)
    self.parts[#self.parts + 1] = text
    self.size = self.size + #text
    return self
end

function Builder:line(text)
    for i = 1, self.depth do
        self:add(self.indent)
    end
    return self:add(text):add("\n")
end

function Builder:open(tag)
    self:line("<" .. tag .. ">")
    self.depth = self.depth + 1
end

function Builder:close(tag)
    self.depth = self.depth - 1
    self:line("</" .. tag .. ">")
end

function Builder:build()
    return table.concat(self.parts)
end

local state = 42
local function random_below(n)
    state = state * 16807 % 2147483647
    return state % n
end

local NAMES = { "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta" }

local function make_rows(count)
    local rows = {}
    for i = 1, count do
        local name = NAMES[random_below(#NAMES) + 1] .. "-" .. tostring(random_below(1000))
        rows[i] = { i - 1, name, random_below(100000), random_below(50) }
    end
    return rows
end

local function as_csv(rows)
    local out = { "id,name,value,count\n" }
    for _, row in ipairs(rows) do
        out[#out + 1] = row[1] .. "," .. row[2] .. "," .. row[3] .. "," .. row[4] .. "\n"
    end
    return table.concat(out)
end

local function as_html(rows)
    local out = Builder.new()
    out:open("table")
    for _, row in ipairs(rows) do
        out:open("tr")
        for _, cell in ipairs(row) do
            out:line("<td>" .. tostring(cell) .. "</td>")
        end
        out:close("tr")
    end
    out:close("table")
    return out:build()
end

local function pad_left(text, width, with)
    return string.rep(with, width - #text) .. text
end

local function pad_right(text, width, with)
    return text .. string.rep(with, width - #text)
end

local function as_columns(rows)
    local lines = {}
    for i, row in ipairs(rows) do
        lines[i] = pad_left(tostring(row[1]), 6, " ") .. " " .. pad_right(row[2], 14, ".")
            .. pad_left(tostring(row[3]), 8, "0")
    end
    return table.concat(lines, "\n")
end

-- The text with every {key} replaced by what the values say.
local function fill_in(template, values)
    local out, key = {}, nil
    for i = 1, #template do
        local c = template:sub(i, i)
        if c == "{" then
            key = ""
        elseif c == "}" then
            out[#out + 1] = values[key]
            key = nil
        elseif key then
            key = key .. c
        else
            out[#out + 1] = c
        end
    end
    return table.concat(out)
end

local function caesar(text, shift)
    local out = {}
    for i = 1, #text do
        local c = text:sub(i, i)
        if c >= "a" and c <= "z" then
            out[i] = string.char((c:byte() - 97 + shift) % 26 + 97)
        else
            out[i] = c
        end
    end
    return table.concat(out)
end

local function checksum(text)
    local sum = 0
    for i = 1, #text do
        sum = (sum * 31 + text:byte(i)) % 1000003
    end
    return sum
end

local function report(name, text)
    print(pad_right(name, 10, " ") .. " " .. #text .. " " .. checksum(text))
end

local TEMPLATE = "Dear {name}, your measurement {id} gave {value}. Regards, {sender}"
local rows = make_rows(8000)
for round = 0, 2 do
    report("csv", as_csv(rows))
    report("html", as_html(rows))
    report("columns", as_columns(rows))
    local letters = Builder.new()
    for _, row in ipairs(rows) do
        local values = { id = tostring(row[1]), name = row[2], value = tostring(row[3]), sender = NAMES[row[4] % #NAMES + 1] }
        letters:line(fill_in(TEMPLATE, values))
    end
    local text = letters:build()
    report("letters", text)
    report("cipher", caesar(text, 3 + round))
end
