-- Conway's game of life on a torus: a glider, a gun, and a soup of random cells.

local World = {}
World.__index = World

local function blank(width, height)
    local rows = {}
    for y = 1, height do
        local row = {}
        for x = 1, width do row[x] = 0 end
        rows[y] = row
    end
    return rows
end

function World.new(width, height)
    return setmetatable({
        width = width,
        height = height,
        cells = blank(width, height),
        next = blank(width, height),
        generation = 0,
    }, World)
end

-- Puts a pattern of `#` and `.` down, its upper left corner at x, y, counted from 0.
function World:place(x, y, pattern)
    for dy, line in ipairs(pattern) do
        for dx = 1, #line do
            if line:sub(dx, dx) == "#" then
                self.cells[(y + dy - 1) % self.height + 1][(x + dx - 1) % self.width + 1] = 1
            end
        end
    end
end

function World:neighbours(x, y)
    local count = 0
    for dy = -1, 1 do
        for dx = -1, 1 do
            if dx ~= 0 or dy ~= 0 then
                count = count + self.cells[(y + dy) % self.height + 1][(x + dx) % self.width + 1]
            end
        end
    end
    return count
end

function World:step()
    for y = 0, self.height - 1 do
        local row = self.next[y + 1]
        for x = 0, self.width - 1 do
            local count = self:neighbours(x, y)
            local alive = self.cells[y + 1][x + 1] == 1
            row[x + 1] = (count == 3 or (alive and count == 2)) and 1 or 0
        end
    end
    self.cells, self.next = self.next, self.cells
    self.generation = self.generation + 1
end

function World:population()
    local count = 0
    for _, row in ipairs(self.cells) do
        for _, cell in ipairs(row) do count = count + cell end
    end
    return count
end

-- A number that tells worlds apart.
function World:checksum()
    local sum = 0
    for _, row in ipairs(self.cells) do
        for _, cell in ipairs(row) do sum = (sum * 31 + cell + 7) % 1000003 end
    end
    return sum
end

function World:show()
    for _, row in ipairs(self.cells) do
        local line = {}
        for x, cell in ipairs(row) do line[x] = cell == 1 and "#" or "." end
        print(table.concat(line))
    end
end

local GLIDER = {
    ".#.",
    "..#",
    "###",
}
local GUN = {
    "........................#...........",
    "......................#.#...........",
    "............##......##............##",
    "...........#...#....##............##",
    "##........#.....#...##..............",
    "##........#...#.##....#.#...........",
    "..........#.....#.......#...........",
    "...........#...#....................",
    "............##......................",
}

local small = World.new(12, 8)
small:place(1, 1, GLIDER)
for i = 1, 20 do small:step() end
small:show()

local guns = World.new(80, 60)
guns:place(2, 2, GUN)
for i = 1, 200 do
    guns:step()
    if guns.generation % 50 == 0 then print("gun:", guns.generation, guns:population()) end
end

local soup = World.new(96, 64)
local random = 7
for y = 1, soup.height do
    for x = 1, soup.width do
        random = random * 16807 % 2147483647
        if random % 3 == 0 then soup.cells[y][x] = 1 end
    end
end
for i = 1, 250 do soup:step() end
print("soup:", soup.generation, soup:population(), soup:checksum())
