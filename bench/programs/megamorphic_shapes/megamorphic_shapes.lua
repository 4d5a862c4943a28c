-- Eight kinds of shapes in one scene: areas, perimeters, hit tests and scaling, each by a call of a method whose receiver may
-- be of any of the eight classes.
local PI, sqrt, abs, floor = math.pi, math.sqrt, math.abs, math.floor

local function class(parent)
    local methods = setmetatable({}, { __index = parent })
    methods.__index = methods
    return methods
end

local Shape = class(nil)
function Shape:init(x, y)
    self.x = x
    self.y = y
end
function Shape:move(dx, dy)
    self.x = self.x + dx
    self.y = self.y + dy
end
function Shape:describe()
    return string.format("%s at %d, %d", self:name(), floor(self.x), floor(self.y))
end
function Shape:grow(factor) self:set_size(self:size() * factor) end

local Circle = class(Shape)
function Circle.new(x, y, r)
    local self = setmetatable({}, Circle)
    self:init(x, y, r)
    return self
end
function Circle:init(x, y, r)
    Shape.init(self, x, y)
    self.r = r
end
function Circle:name() return "circle" end
function Circle:area() return PI * self.r * self.r end
function Circle:perimeter() return 2 * PI * self.r end
function Circle:contains(px, py)
    local dx, dy = px - self.x, py - self.y
    return dx * dx + dy * dy <= self.r * self.r
end
function Circle:size() return self.r end
function Circle:set_size(s) self.r = s end

local Square = class(Shape)
function Square.new(x, y, side)
    local self = setmetatable({}, Square)
    Shape.init(self, x, y)
    self.side = side
    return self
end
function Square:name() return "square" end
function Square:area() return self.side * self.side end
function Square:perimeter() return 4 * self.side end
function Square:contains(px, py)
    return px >= self.x and py >= self.y and px <= self.x + self.side and py <= self.y + self.side
end
function Square:size() return self.side end
function Square:set_size(s) self.side = s end

local Rectangle = class(Shape)
function Rectangle.new(x, y, w, h)
    local self = setmetatable({}, Rectangle)
    Shape.init(self, x, y)
    self.w = w
    self.h = h
    return self
end
function Rectangle:name() return "rectangle" end
function Rectangle:area() return self.w * self.h end
function Rectangle:perimeter() return 2 * (self.w + self.h) end
function Rectangle:contains(px, py)
    return px >= self.x and py >= self.y and px <= self.x + self.w and py <= self.y + self.h
end
function Rectangle:size() return self.w end
function Rectangle:set_size(s)
    self.h = self.h * s / self.w
    self.w = s
end

local Triangle = class(Shape)
function Triangle.new(x, y, base)
    local self = setmetatable({}, Triangle)
    Shape.init(self, x, y)
    self.base = base
    return self
end
function Triangle:name() return "triangle" end
function Triangle:area() return self.base * self.base / 2 end
function Triangle:perimeter() return self.base * (2 + sqrt(2)) end
function Triangle:contains(px, py)
    local u, v = px - self.x, py - self.y
    return u >= 0 and v >= 0 and u + v <= self.base
end
function Triangle:size() return self.base end
function Triangle:set_size(s) self.base = s end

local Hexagon = class(Shape)
function Hexagon.new(x, y, edge)
    local self = setmetatable({}, Hexagon)
    Shape.init(self, x, y)
    self.edge = edge
    return self
end
function Hexagon:name() return "hexagon" end
function Hexagon:area() return 1.5 * sqrt(3) * self.edge * self.edge end
function Hexagon:perimeter() return 6 * self.edge end
function Hexagon:contains(px, py)
    local u, v = abs(px - self.x), abs(py - self.y)
    return u <= self.edge and v * 2 <= sqrt(3) * self.edge and sqrt(3) * u + v <= sqrt(3) * self.edge
end
function Hexagon:size() return self.edge end
function Hexagon:set_size(s) self.edge = s end

local Ellipse = class(Shape)
function Ellipse.new(x, y, a, b)
    local self = setmetatable({}, Ellipse)
    Shape.init(self, x, y)
    self.a = a
    self.b = b
    return self
end
function Ellipse:name() return "ellipse" end
function Ellipse:area() return PI * self.a * self.b end
function Ellipse:perimeter()
    local a, b = self.a, self.b
    return PI * (3 * (a + b) - sqrt((3 * a + b) * (a + 3 * b)))
end
function Ellipse:contains(px, py)
    local u, v = (px - self.x) / self.a, (py - self.y) / self.b
    return u * u + v * v <= 1
end
function Ellipse:size() return self.a end
function Ellipse:set_size(s)
    self.b = self.b * s / self.a
    self.a = s
end

local Ring = class(Circle)
function Ring.new(x, y, r, inner)
    local self = setmetatable({}, Ring)
    Circle.init(self, x, y, r)
    self.inner = inner
    return self
end
function Ring:name() return "ring" end
function Ring:area() return Circle.area(self) - PI * self.inner * self.inner end
function Ring:perimeter() return Circle.perimeter(self) + 2 * PI * self.inner end
function Ring:contains(px, py)
    local dx, dy = px - self.x, py - self.y
    return Circle.contains(self, px, py) and dx * dx + dy * dy >= self.inner * self.inner
end

local Diamond = class(Shape)
function Diamond.new(x, y, reach)
    local self = setmetatable({}, Diamond)
    Shape.init(self, x, y)
    self.reach = reach
    return self
end
function Diamond:name() return "diamond" end
function Diamond:area() return 2 * self.reach * self.reach end
function Diamond:perimeter() return 4 * sqrt(2) * self.reach end
function Diamond:contains(px, py) return abs(px - self.x) + abs(py - self.y) <= self.reach end
function Diamond:size() return self.reach end
function Diamond:set_size(s) self.reach = s end

local state = 7
local function random_to(limit)
    state = state * 16807 % 2147483647
    return state % 100000 / 100000 * limit
end

local function make_shape()
    local kind = floor(random_to(8))
    local x, y, s = random_to(100), random_to(100), 1 + random_to(10)
    if kind == 0 then
        return Circle.new(x, y, s)
    elseif kind == 1 then
        return Square.new(x, y, s)
    elseif kind == 2 then
        return Rectangle.new(x, y, s, s + random_to(5))
    elseif kind == 3 then
        return Triangle.new(x, y, s)
    elseif kind == 4 then
        return Hexagon.new(x, y, s)
    elseif kind == 5 then
        return Ellipse.new(x, y, s, s / 2)
    elseif kind == 6 then
        return Ring.new(x, y, s, s / 3)
    else
        return Diamond.new(x, y, s)
    end
end

local function total_area(shapes)
    local sum = 0.0
    for _, shape in ipairs(shapes) do sum = sum + shape:area() end
    return sum
end

local function total_perimeter(shapes)
    local sum = 0.0
    for _, shape in ipairs(shapes) do sum = sum + shape:perimeter() end
    return sum
end

local function hits(shapes, px, py)
    local count = 0
    for _, shape in ipairs(shapes) do
        if shape:contains(px, py) then count = count + 1 end
    end
    return count
end

local shapes = {}
for i = 1, 1000 do shapes[i] = make_shape() end
for i = 1, 8 do print(shapes[i]:describe()) end
local inside = 0
for round = 0, 1499 do
    inside = inside + hits(shapes, random_to(100), random_to(100))
    local factor = round % 2 == 0 and 1.25 or 0.8
    for _, shape in ipairs(shapes) do
        shape:grow(factor)
        shape:move(factor - 1, 1 - factor)
    end
    if round % 300 == 0 then
        print(string.format("%.4f %.4f %d", total_area(shapes), total_perimeter(shapes), inside))
    end
end
local area = 0.0
for round = 1, 1000 do area = area + (total_area(shapes) - total_perimeter(shapes)) end
print(string.format("%.4f %d", area / 1000, inside))
