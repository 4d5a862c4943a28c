-- Shortest paths in a graph of towns and roads, by Dijkstra's algorithm with a binary heap: in a random graph and in a grid.

local INF = math.huge
local floor = math.floor

local Heap = {}
Heap.__index = Heap
function Heap.new(is_before) return setmetatable({ items = {}, is_before = is_before }, Heap) end

function Heap:is_empty() return #self.items == 0 end

function Heap:push(item)
    local items = self.items
    local before = self.is_before
    items[#items + 1] = item
    local at = #items
    while at > 1 do
        local parent = floor(at / 2)
        if not before(item, items[parent]) then break end
        items[at] = items[parent]
        at = parent
    end
    items[at] = item
end

function Heap:pop()
    local items = self.items
    local before = self.is_before
    local top = items[1]
    local item = table.remove(items)
    local size = #items
    if size > 0 then
        local at = 1
        while true do
            local child = 2 * at
            if child > size then break end
            if child + 1 <= size and before(items[child + 1], items[child]) then child = child + 1 end
            if not before(items[child], item) then break end
            items[at] = items[child]
            at = child
        end
        items[at] = item
    end
    return top
end

local function new_road(to, length) return { to = to, length = length } end

local function new_town(number) return { number = number, roads = {}, distance = INF, previous = nil } end

local function new_stop(town, distance) return { town = town, distance = distance } end

local Graph = {}
Graph.__index = Graph
function Graph.new(size)
    local self = setmetatable({ towns = {} }, Graph)
    for i = 0, size - 1 do self.towns[i + 1] = new_town(i) end
    return self
end

function Graph:connect(a, b, length)
    table.insert(self.towns[a + 1].roads, new_road(self.towns[b + 1], length))
    table.insert(self.towns[b + 1].roads, new_road(self.towns[a + 1], length))
end

-- Sets all distances from a town; gives the number of towns that can be reached.
function Graph:measure_from(start)
    for _, town in ipairs(self.towns) do
        town.distance = INF
        town.previous = nil
    end
    local heap = Heap.new(function(a, b) return a.distance < b.distance end)
    self.towns[start + 1].distance = 0
    heap:push(new_stop(self.towns[start + 1], 0))
    local reached = 0
    while not heap:is_empty() do
        local stop = heap:pop()
        local town = stop.town
        if stop.distance == town.distance then
            reached = reached + 1
            for _, road in ipairs(town.roads) do
                local distance = town.distance + road.length
                if distance < road.to.distance then
                    road.to.distance = distance
                    road.to.previous = town
                    heap:push(new_stop(road.to, distance))
                end
            end
        end
    end
    return reached
end

function Graph:path_to(goal)
    local reversed = {}
    local town = self.towns[goal + 1]
    while town ~= nil do
        reversed[#reversed + 1] = town.number
        town = town.previous
    end
    local path = {}
    for i = #reversed, 1, -1 do path[#path + 1] = reversed[i] end
    return path
end

local random = 2026
local function next_random(n)
    random = random * 16807 % 2147483647
    return random % n
end

local function random_graph(size, roads)
    local graph = Graph.new(size)
    for i = 1, size - 1 do
        local other = next_random(i)
        graph:connect(i, other, 1 + next_random(100))
    end
    for i = 1, roads do
        local a = next_random(size)
        local b = next_random(size)
        graph:connect(a, b, 1 + next_random(1000))
    end
    return graph
end

local function grid_graph(width, height)
    local graph = Graph.new(width * height)
    for y = 0, height - 1 do
        for x = 0, width - 1 do
            local at = y * width + x
            if x + 1 < width then graph:connect(at, at + 1, 1 + next_random(9)) end
            if y + 1 < height then graph:connect(at, at + width, 1 + next_random(9)) end
        end
    end
    return graph
end

local function report(name, graph, last, step)
    local total, farthest, longest = 0, 0, {}
    for start = 0, last, step do
        local reached = graph:measure_from(start)
        assert(reached == #graph.towns, "the graph falls apart")
        for _, town in ipairs(graph.towns) do
            total = total + town.distance
            if town.distance > farthest then
                farthest = town.distance
                longest = graph:path_to(town.number)
            end
        end
    end
    print(string.format("%s: sum %d, farthest %d by %d towns, from %d to %d", name, total, farthest, #longest, longest[1], longest[#longest]))
end

report("random", random_graph(5000, 15000), 4999, 400)
report("grid", grid_graph(70, 70), 4899, 300)
