-- Puts n queens on a board of n by n so that none attacks another: finds the first solution, counts all of them, and tells
-- how many differ when the board is turned or mirrored.

local Board = {}
Board.__index = Board

local function filled(n, value)
    local made = {}
    for i = 1, n do made[i] = value end
    return made
end

function Board.new(size)
    return setmetatable({
        size = size,
        columns = filled(size, false),
        rising = filled(2 * size - 1, false),
        falling = filled(2 * size - 1, false),
        queens = {},
        tries = 0,
    }, Board)
end

function Board:is_free(row, column)
    return not self.columns[column]
        and not self.rising[row + column - 1]
        and not self.falling[row - column + self.size]
end

function Board:mark(row, column, taken)
    self.columns[column] = taken
    self.rising[row + column - 1] = taken
    self.falling[row - column + self.size] = taken
end

function Board:put(column)
    self.tries = self.tries + 1
    self:mark(#self.queens + 1, column, true)
    table.insert(self.queens, column)
end

function Board:take()
    local column = table.remove(self.queens)
    self:mark(#self.queens + 1, column, false)
end

-- Calls found with each solution until it gives true; tells whether it did.
function Board:solve(found)
    local row = #self.queens + 1
    if row > self.size then return found(self.queens) end
    for column = 1, self.size do
        if self:is_free(row, column) then
            self:put(column)
            local done = self:solve(found)
            self:take()
            if done then return true end
        end
    end
    return false
end

local function show(queens)
    for _, column in ipairs(queens) do
        local line = ""
        for i = 1, #queens do
            line = line .. (i == column and "Q" or ".")
        end
        print(line)
    end
end

local function rotated(queens)
    local n = #queens
    local result = filled(n, 0)
    for row, column in ipairs(queens) do
        result[column] = n + 1 - row
    end
    return result
end

local function mirrored(queens)
    local n, result = #queens, {}
    for i = 1, n do result[i] = queens[n + 1 - i] end
    return result
end

-- Whether a comes before b in the order of dictionaries.
local function is_before(a, b)
    for i = 1, #a do
        if a[i] ~= b[i] then return a[i] < b[i] end
    end
    return false
end

-- Whether no turned or mirrored form of a solution comes before it.
local function is_first_form(queens)
    local form = queens
    for turn = 1, 4 do
        if is_before(form, queens) or is_before(mirrored(form), queens) then return false end
        form = rotated(form)
    end
    return true
end

local function first_solution(size)
    Board.new(size):solve(function(queens)
        show(queens)
        return true
    end)
end

local function count_solutions(size)
    local board = Board.new(size)
    local all, distinct = 0, 0
    board:solve(function(queens)
        all = all + 1
        if is_first_form(queens) then distinct = distinct + 1 end
        return false
    end)
    print(size .. " queens: " .. all .. " solutions, " .. distinct .. " distinct, " .. board.tries .. " queens put")
end

first_solution(20)
for size = 4, 12 do count_solutions(size) end
