-- Orders are parsed and booked. Much of the input is wrong: parsers and accounts throw, some errors are caught where they
-- occur, some a few calls up, some are turned into others, and a protected call keeps the books.
local function ParseError(message, position)
    return { message = message, kind = "parse", position = position }
end

local function InsufficientFunds(missing)
    return { message = "insufficient funds", kind = "funds", missing = missing }
end

local state = 42
local function random_below(n)
    state = state * 16807 % 2147483647
    return state % n
end

local Scanner = {}
Scanner.__index = Scanner

function Scanner.new(codes)
    return setmetatable({ codes = codes, position = 1 }, Scanner)
end

function Scanner:peek()
    if self.position > #self.codes then
        error(ParseError("unexpected end", self.position - 1))
    end
    return self.codes[self.position]
end

function Scanner:number()
    local start = self.position
    local n = 0
    while self.position <= #self.codes and self:peek() < 10 do
        n = n * 10 + self:peek()
        self.position = self.position + 1
    end
    if self.position == start then error(ParseError("not a number", start - 1)) end
    return n
end

function Scanner:expect(code)
    if self:peek() ~= code then error(ParseError("unexpected sign", self.position - 1)) end
    self.position = self.position + 1
end

local Account = {}
Account.__index = Account

function Account.new()
    return setmetatable({ balance = 1000, open = 0, refused = 0 }, Account)
end

function Account:withdraw(amount)
    if amount > self.balance then error(InsufficientFunds(amount - self.balance)) end
    self.balance = self.balance - amount
end

function Account:book(amount)
    self.open = self.open + 1
    local ok, e = pcall(self.withdraw, self, amount)
    self.open = self.open - 1
    if not ok then
        self.refused = self.refused + 1
        error(e)
    end
end

local COLON = 10
local MINUS = 11

-- "number:number", with a mistake in every third or so
local function make_order()
    local codes = {}
    for i = 1, 1 + random_below(2) do codes[#codes + 1] = random_below(10) end
    codes[#codes + 1] = COLON
    for i = 1, 1 + random_below(3) do codes[#codes + 1] = random_below(10) end
    local kind = random_below(10)
    if kind == 0 then
        codes[1] = MINUS
    elseif kind == 1 then
        codes[#codes] = nil
    elseif kind == 2 then
        codes[random_below(#codes) + 1] = COLON
    else
        codes[#codes + 1] = MINUS
    end
    return codes
end

local function parse_order(codes)
    local scanner = Scanner.new(codes)
    local number = scanner:number()
    scanner:expect(COLON)
    local amount = scanner:number()
    scanner:expect(MINUS)
    return number, amount
end

local accounts = {}
for i = 1, 60 do accounts[i] = Account.new() end
local orders = {}
for i = 1, 5000 do orders[i] = make_order() end

local counts = { booked = 0, parse = 0, funds = 0, index = 0 }
local missing, positions = 0, 0

local function process(codes)
    local number, amount = parse_order(codes)
    if number >= #accounts then error({ message = "no such account", kind = "index" }) end
    local account = accounts[number + 1]
    account:book(amount)
    if account.balance < 50 then account.balance = account.balance + 400 end
end

for round = 1, 60 do
    for _, codes in ipairs(orders) do
        local ok, e = pcall(process, codes)
        if ok then
            counts.booked = counts.booked + 1
        else
            counts[e.kind] = counts[e.kind] + 1
            if e.kind == "parse" then
                positions = positions + e.position
            elseif e.kind == "funds" then
                missing = missing + e.missing
            end
        end
    end
end
print(string.format("%d %d %d %d %d %d", counts.booked, counts.parse, counts.funds, counts.index, missing, positions))

local balance, refused, open = 0, 0, 0
for _, account in ipairs(accounts) do
    balance = balance + account.balance
    refused = refused + account.refused
    open = open + account.open
end
print(string.format("%d %d %d", balance, refused, open))
