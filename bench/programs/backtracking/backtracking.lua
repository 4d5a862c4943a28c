-- Sudoku by backtracking: always fills in the cell with the fewest candidates, and counts the solutions of puzzles that are
-- made by taking cells out of a full grid.
local floor = math.floor

local state = 2024
local function random_below(n)
    state = state * 16807 % 2147483647
    return state % n
end

local function range(first, last)
    local a = {}
    for i = first, last do a[#a + 1] = i end
    return a
end

local function shuffle(a)
    for i = #a, 2, -1 do
        local j = random_below(i) + 1
        a[i], a[j] = a[j], a[i]
    end
    return a
end

local function fill(first, last, x)
    local a = {}
    for i = first, last do a[i] = x end
    return a
end

local Sudoku = {}
Sudoku.__index = Sudoku

function Sudoku.new()
    local self = setmetatable({ cells = fill(0, 80, 0), in_row = {}, in_column = {}, in_box = {}, tried = 0 }, Sudoku)
    for i = 0, 8 do
        self.in_row[i] = fill(1, 9, false)
        self.in_column[i] = fill(1, 9, false)
        self.in_box[i] = fill(1, 9, false)
    end
    return self
end

function Sudoku:mark(cell, digit, on)
    local row, column = floor(cell / 9), cell % 9
    self.in_row[row][digit] = on
    self.in_column[column][digit] = on
    self.in_box[floor(row / 3) * 3 + floor(column / 3)][digit] = on
end

function Sudoku:place(cell, digit)
    self.cells[cell] = digit
    self:mark(cell, digit, true)
end

function Sudoku:take_back(cell)
    self:mark(cell, self.cells[cell], false)
    self.cells[cell] = 0
end

function Sudoku:fits(cell, digit)
    local row, column = floor(cell / 9), cell % 9
    return not (self.in_row[row][digit] or self.in_column[column][digit]
        or self.in_box[floor(row / 3) * 3 + floor(column / 3)][digit])
end

function Sudoku:candidates(cell)
    local count = 0
    for digit = 1, 9 do
        if self:fits(cell, digit) then count = count + 1 end
    end
    return count
end

-- The empty cell with the fewest candidates, or -1.
function Sudoku:choose()
    local best, fewest = -1, 10
    for cell = 0, 80 do
        if self.cells[cell] == 0 then
            local count = self:candidates(cell)
            if count < fewest then
                best, fewest = cell, count
            end
        end
    end
    return best
end

-- How many solutions there are, up to a limit; with `keep`, the first stays on the grid.
function Sudoku:solve(limit, digits, keep)
    local cell = self:choose()
    if cell == -1 then return 1 end
    local found = 0
    for _, digit in ipairs(digits) do
        if self:fits(cell, digit) then
            self.tried = self.tried + 1
            self:place(cell, digit)
            found = found + self:solve(limit - found, digits, keep)
            if keep and found > 0 then return found end
            self:take_back(cell)
            if found >= limit then break end
        end
    end
    return found
end

function Sudoku:to_string()
    return table.concat(self.cells, "", 0, 80)
end

local tried, unique = 0, 0
for puzzle = 0, 4 do
    local sudoku = Sudoku.new()
    sudoku:solve(1, shuffle(range(1, 9)), true)
    local removed = 0
    for _, cell in ipairs(shuffle(range(0, 80))) do
        local digit = sudoku.cells[cell]
        sudoku:take_back(cell)
        if sudoku:solve(2, range(1, 9)) == 1 then
            removed = removed + 1
        else
            sudoku:place(cell, digit)
        end
    end
    unique = unique + 81 - removed
    tried = tried + sudoku.tried
    print(string.format("%s %d %d", sudoku:to_string(), 81 - removed, sudoku.tried))
end
print(string.format("%d %d", unique, tried))
