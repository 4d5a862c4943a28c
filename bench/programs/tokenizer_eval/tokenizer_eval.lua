-- A small language of assignments and expressions: tokens from characters, trees from tokens by recursive descent, values
-- from trees.

-- Sums and products are taken modulo this, so that they stay small.
local MODULUS = 1000003

local function new_token(kind, text, position) return { kind = kind, text = text, position = position } end

local function is_digit(c) return c >= "0" and c <= "9" end
local function is_letter(c) return c >= "a" and c <= "z" or c >= "A" and c <= "Z" or c == "_" end

local function tokenize(source)
    local tokens = {}
    local at = 1
    local size = #source
    while at <= size do
        local c = source:sub(at, at)
        if c == " " or c == "\n" then
            at = at + 1
        elseif is_digit(c) then
            local start = at
            while at <= size and is_digit(source:sub(at, at)) do at = at + 1 end
            tokens[#tokens + 1] = new_token("number", source:sub(start, at - 1), start)
        elseif is_letter(c) then
            local start = at
            while at <= size and (is_letter(source:sub(at, at)) or is_digit(source:sub(at, at))) do at = at + 1 end
            tokens[#tokens + 1] = new_token("name", source:sub(start, at - 1), start)
        elseif ("+-*/%()=,;<>?:"):find(c, 1, true) then
            tokens[#tokens + 1] = new_token(c, c, at)
            at = at + 1
        else
            error("unexpected " .. c .. " at " .. at)
        end
    end
    tokens[#tokens + 1] = new_token("end", "", size)
    return tokens
end

local Number = {}
Number.__index = Number
function Number.new(value) return setmetatable({ value = value }, Number) end
function Number:eval(env) return self.value end
function Number:size() return 1 end

local Name = {}
Name.__index = Name
function Name.new(name) return setmetatable({ name = name }, Name) end
function Name:eval(env)
    local value = env[self.name]
    if value == nil then error(self.name .. " is not defined") end
    return value
end
function Name:size() return 1 end

local Negation = {}
Negation.__index = Negation
function Negation.new(operand) return setmetatable({ operand = operand }, Negation) end
function Negation:eval(env) return -self.operand:eval(env) end
function Negation:size() return 1 + self.operand:size() end

local Binary = {}
Binary.__index = Binary
function Binary.new(op, left, right) return setmetatable({ op = op, left = left, right = right }, Binary) end
function Binary:eval(env)
    local a, b = self.left:eval(env), self.right:eval(env)
    local op = self.op
    if op == "+" then return (a + b) % MODULUS
    elseif op == "-" then return (a - b) % MODULUS
    elseif op == "*" then return a * b % MODULUS
    elseif op == "/" then return b == 0 and 0 or math.floor(a / b)
    elseif op == "%" then return b == 0 and 0 or a % b
    elseif op == "<" then return a < b and 1 or 0
    elseif op == ">" then return a > b and 1 or 0
    end
end
function Binary:size() return 1 + self.left:size() + self.right:size() end

local Choice = {}
Choice.__index = Choice
function Choice.new(condition, yes, no) return setmetatable({ condition = condition, yes = yes, no = no }, Choice) end
function Choice:eval(env)
    if self.condition:eval(env) ~= 0 then return self.yes:eval(env) end
    return self.no:eval(env)
end
function Choice:size() return 1 + self.condition:size() + self.yes:size() + self.no:size() end

local Call = {}
Call.__index = Call
function Call.new(callee, arguments) return setmetatable({ callee = callee, arguments = arguments }, Call) end
function Call:eval(env)
    local values = {}
    for _, argument in ipairs(self.arguments) do values[#values + 1] = argument:eval(env) end
    return self.callee(values)
end
function Call:size()
    local size = 1
    for _, argument in ipairs(self.arguments) do size = size + argument:size() end
    return size
end

local Assignment = {}
Assignment.__index = Assignment
function Assignment.new(name, value) return setmetatable({ name = name, value = value }, Assignment) end
function Assignment:eval(env)
    local value = self.value:eval(env)
    env[self.name] = value
    return value
end
function Assignment:size() return 1 + self.value:size() end

local function reduce(values, f)
    local result = values[1]
    for i = 2, #values do result = f(result, values[i]) end
    return result
end

local FUNCTIONS = {
    max = function(values) return reduce(values, function(a, b) if a > b then return a else return b end end) end,
    min = function(values) return reduce(values, function(a, b) if a < b then return a else return b end end) end,
    sum = function(values)
        local total = 0
        for _, value in ipairs(values) do total = (total + value) % MODULUS end
        return total
    end,
}

local PRECEDENCE = { ["<"] = 1, [">"] = 1, ["+"] = 2, ["-"] = 2, ["*"] = 3, ["/"] = 3, ["%"] = 3 }

local Parser = {}
Parser.__index = Parser
function Parser.new(tokens) return setmetatable({ tokens = tokens, at = 1 }, Parser) end

function Parser:peek() return self.tokens[self.at] end

function Parser:next()
    local token = self.tokens[self.at]
    self.at = self.at + 1
    return token
end

function Parser:expect(kind)
    local token = self:next()
    if token.kind ~= kind then error("expected " .. kind .. " at " .. token.position .. ", found " .. token.kind) end
    return token
end

function Parser:program()
    local statements = {}
    while self:peek().kind ~= "end" do
        local name = self:expect("name").text
        self:expect("=")
        statements[#statements + 1] = Assignment.new(name, self:expression())
        self:expect(";")
    end
    return statements
end

function Parser:expression()
    local condition = self:binary(1)
    if self:peek().kind ~= "?" then return condition end
    self:next()
    local yes = self:expression()
    self:expect(":")
    return Choice.new(condition, yes, self:expression())
end

function Parser:binary(least)
    local left = self:operand()
    while true do
        local precedence = PRECEDENCE[self:peek().kind]
        if precedence == nil or precedence < least then return left end
        local op = self:next().kind
        left = Binary.new(op, left, self:binary(precedence + 1))
    end
end

function Parser:operand()
    local token = self:next()
    local kind = token.kind
    if kind == "number" then
        return Number.new(tonumber(token.text))
    elseif kind == "name" then
        if self:peek().kind ~= "(" then return Name.new(token.text) end
        return Call.new(FUNCTIONS[token.text], self:arguments())
    elseif kind == "-" then
        return Negation.new(self:operand())
    elseif kind == "(" then
        local inner = self:expression()
        self:expect(")")
        return inner
    end
    error("unexpected " .. kind .. " at " .. token.position)
end

function Parser:arguments()
    self:expect("(")
    local arguments = { self:expression() }
    while self:peek().kind == "," do
        self:next()
        arguments[#arguments + 1] = self:expression()
    end
    self:expect(")")
    return arguments
end

local random = 99
local function next_random(n)
    random = random * 16807 % 2147483647
    return random % n
end

local function random_expression(depth)
    local choice = depth == 0 and next_random(2) or next_random(12)
    if choice == 0 then return tostring(next_random(1000)) end
    if choice == 1 then return "v" .. next_random(20) end
    local a = random_expression(depth - 1)
    local b = random_expression(depth - 1)
    if choice == 2 then return "-" .. a end
    if choice == 3 then return "(" .. a .. " < " .. b .. " ? " .. a .. " : " .. b .. ")" end
    if choice == 4 then
        local name = ({ "max", "min", "sum" })[next_random(3) + 1]
        return name .. "(" .. a .. ", " .. b .. ", " .. next_random(50) .. ")"
    end
    return "(" .. a .. " " .. ({ "+", "-", "*", "/", "%", ">" })[next_random(6) + 1] .. " " .. b .. ")"
end

local function random_program(statements)
    local lines = {}
    for i = 0, 19 do lines[#lines + 1] = "v" .. i .. " = " .. next_random(100) .. ";" end
    for i = 1, statements do
        local name = "v" .. next_random(20)
        lines[#lines + 1] = name .. " = " .. random_expression(4) .. ";"
    end
    return table.concat(lines, "\n")
end

local function run(statements, rounds)
    local env = {}
    local sum = 0
    for round = 1, rounds do
        for _, statement in ipairs(statements) do sum = (sum * 7 + statement:eval(env)) % MODULUS end
    end
    return sum
end

for round = 1, 6 do
    local source = random_program(500)
    local tokens = tokenize(source)
    local statements = Parser.new(tokens):program()
    local size = 0
    for _, statement in ipairs(statements) do size = size + statement:size() end
    print(#source, #tokens, size, run(statements, 15))
end
