-- Makes 3,000,000 objects, most of which die at once, and keeps some in a list.
local Node = {}
Node.__index = Node
function Node.new(value, next)
    local self = setmetatable({}, Node)
    self.value = value
    self.next = next
    return self
end
local Vector = {}
Vector.__index = Vector
function Vector.new(x, y)
    local self = setmetatable({}, Vector)
    self.x = x
    self.y = y
    return self
end
function Vector.plus(self, other) return Vector.new(self.x + other.x, self.y + other.y) end
local function run(n)
    local list, sum = nil, Vector.new(0.0, 0.0)
    local step = Vector.new(0.5, 0.25)
    for i = 0, n - 1 do
        sum = sum:plus(step)
        local node = Node.new(i, list)
        if i % 16 == 0 then
            list = node
        end
    end
    local length = 0
    while list ~= nil do
        length = length + list.value % 7
        list = list.next
    end
    return string.format("[%d, %.1f, %.1f]", length, sum.x, sum.y)
end
print(run(1500000))
