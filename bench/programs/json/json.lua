-- Makes a document, prints it as JSON, parses that, and goes on with what was parsed, by code of its own.

local null = setmetatable({}, { __tostring = function() return "null" end })
local Array = {}
local function new_array() return setmetatable({}, Array) end

local function is_digit(c) return c >= "0" and c <= "9" end

local Parser = {}
Parser.__index = Parser
function Parser.new(text) return setmetatable({ text = text, at = 1 }, Parser) end

function Parser:fail(what) error(what .. " at " .. self.at - 1, 0) end

function Parser:peek() return self.text:sub(self.at, self.at) end

function Parser:skip_space()
    while self.at <= #self.text do
        local c = self:peek()
        if c ~= " " and c ~= "\n" and c ~= "\t" and c ~= "\r" then break end
        self.at = self.at + 1
    end
end

function Parser:expect(c)
    self:skip_space()
    if self:peek() ~= c then self:fail("expected " .. c) end
    self.at = self.at + 1
end

function Parser:parse()
    local value = self:value()
    self:skip_space()
    if self.at <= #self.text then self:fail("expected the end") end
    return value
end

function Parser:value()
    self:skip_space()
    local c = self:peek()
    if c == "{" then return self:object() end
    if c == "[" then return self:array() end
    if c == '"' then return self:string() end
    if c == "-" or is_digit(c) then return self:number() end
    if c == "t" then return self:word("true", true) end
    if c == "f" then return self:word("false", false) end
    if c == "n" then return self:word("null", null) end
    self:fail("expected a value")
end

function Parser:word(word, value)
    for i = 1, #word do
        if self:peek() ~= word:sub(i, i) then self:fail("expected " .. word) end
        self.at = self.at + 1
    end
    return value
end

function Parser:number()
    local sign = 1
    if self:peek() == "-" then
        sign = -1
        self.at = self.at + 1
    end
    if not is_digit(self:peek()) then self:fail("expected a digit") end
    local n = 0
    while is_digit(self:peek()) do
        n = n * 10 + self:peek():byte() - ("0"):byte()
        self.at = self.at + 1
    end
    if self:peek() == "." then
        self.at = self.at + 1
        local scale = 1
        while is_digit(self:peek()) do
            n = n * 10 + self:peek():byte() - ("0"):byte()
            scale = scale * 10
            self.at = self.at + 1
        end
        return sign * n / scale
    end
    return sign * n
end

function Parser:string()
    self:expect('"')
    local parts = {}
    while true do
        local c = self:peek()
        self.at = self.at + 1
        if c == '"' then
            return table.concat(parts)
        elseif c == "\\" then
            local escaped = self:peek()
            self.at = self.at + 1
            if escaped == "n" then
                parts[#parts + 1] = "\n"
            elseif escaped == "t" then
                parts[#parts + 1] = "\t"
            else
                parts[#parts + 1] = escaped
            end
        elseif c == "" then
            self:fail("a string has no end")
        else
            parts[#parts + 1] = c
        end
    end
end

function Parser:array()
    self:expect("[")
    local items = new_array()
    self:skip_space()
    if self:peek() == "]" then
        self.at = self.at + 1
        return items
    end
    while true do
        items[#items + 1] = self:value()
        self:skip_space()
        if self:peek() ~= "," then break end
        self.at = self.at + 1
    end
    self:expect("]")
    return items
end

function Parser:object()
    self:expect("{")
    local fields = {}
    self:skip_space()
    if self:peek() == "}" then
        self.at = self.at + 1
        return fields
    end
    while true do
        self:skip_space()
        local key = self:string()
        self:expect(":")
        fields[key] = self:value()
        self:skip_space()
        if self:peek() ~= "," then break end
        self.at = self.at + 1
    end
    self:expect("}")
    return fields
end

local Printer = {}
Printer.__index = Printer
function Printer.new() return setmetatable({ parts = {} }, Printer) end

function Printer:put(text) self.parts[#self.parts + 1] = text end

function Printer:string(text)
    self:put('"')
    for i = 1, #text do
        local c = text:sub(i, i)
        if c == '"' then self:put('\\"')
        elseif c == "\\" then self:put("\\\\")
        elseif c == "\n" then self:put("\\n")
        elseif c == "\t" then self:put("\\t")
        else self:put(c) end
    end
    self:put('"')
end

function Printer:value(value)
    local kind = type(value)
    if value == null then
        self:put("null")
    elseif kind == "string" then
        self:string(value)
    elseif kind == "table" and getmetatable(value) == Array then
        self:put("[")
        for i, item in ipairs(value) do
            if i > 1 then self:put(",") end
            self:value(item)
        end
        self:put("]")
    elseif kind == "table" then
        self:put("{")
        local keys = {}
        for key in pairs(value) do keys[#keys + 1] = key end
        table.sort(keys)
        for i, key in ipairs(keys) do
            if i > 1 then self:put(",") end
            self:string(key)
            self:put(":")
            self:value(value[key])
        end
        self:put("}")
    else
        self:put(tostring(value))
    end
end

function Printer:text() return table.concat(self.parts) end

local function to_json(value)
    local printer = Printer.new()
    printer:value(value)
    return printer:text()
end

local random = 11
local function next_random(n)
    random = random * 16807 % 2147483647
    return random % n
end

local WORDS = { "alpha", "beta", 'gamma "quoted"', "back\\slash", "two\nlines", "tab\there", "omega" }

local function make_record(id)
    local tags = new_array()
    for i = 1, next_random(5) do tags[i] = WORDS[next_random(#WORDS) + 1] end
    local record = { id = id }
    record.name = WORDS[next_random(#WORDS) + 1] .. " " .. tostring(next_random(1000))
    record.price = next_random(100000) / 8 + 0.0625
    record.balance = next_random(2000000) - 1000000
    record.active = next_random(2) == 1
    record.parent = null
    record.tags = tags
    local x = next_random(640)
    record.position = { x = x, y = next_random(480) }
    return record
end

-- The sum of all ints in a value, and of the lengths of all its strings.
local function weigh(value)
    local kind = type(value)
    if kind == "number" then
        return value % 1 == 0 and value or 0
    elseif kind == "string" then
        return #value
    elseif kind == "table" and getmetatable(value) == Array then
        local sum = 0
        for _, item in ipairs(value) do sum = sum + weigh(item) end
        return sum
    elseif kind == "table" then
        local sum = 0
        for key, item in pairs(value) do sum = sum + #key + weigh(item) end
        return sum
    end
    return 0
end

local function checksum(text)
    local sum = 0
    for i = 1, #text do sum = (sum * 31 + text:byte(i)) % 1000000007 end
    return sum
end

local records = new_array()
for id = 0, 999 do records[id + 1] = make_record(id) end
local text = to_json(records)
print(#text, checksum(text))
local weight = 0
for round = 1, 10 do
    local parsed = Parser.new(text):parse()
    weight = weight + weigh(parsed)
    local again = to_json(parsed)
    if again ~= text then print("what was parsed prints differently") end
    for _, record in ipairs(parsed) do record.balance = record.balance + 1 end
    text = to_json(parsed)
end
print(weight, #text, checksum(text))
local ok, message = pcall(function() return Parser.new('{"a": [1, 2,, 3]}'):parse() end)
if not ok then print("error:", message) end
