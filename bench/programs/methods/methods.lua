-- 10,000,000 calls of methods, some of them inherited, some of the parent's.
local Counter = {}
Counter.__index = Counter
function Counter.init(self, step)
    self.count = 0
    self.step = step
end
function Counter.add(self, n)
    self.count = self.count + n * self.step
    return self
end
function Counter.value(self) return self.count end
local Twice = setmetatable({}, { __index = Counter })
Twice.__index = Twice
function Twice.init(self, step)
    Counter.init(self, step * 2)
end
function Twice.value(self) return Counter.value(self) % 0x1000000 end
local function new(class, step)
    local self = setmetatable({}, class)
    class.init(self, step)
    return self
end
local function run(n)
    local a, b, sum = new(Counter, 3), new(Twice, 5), 0
    for i = 0, n - 1 do
        a:add(i)
        b:add(i)
        sum = (sum + a:value() - b:value()) % 0x1000000
    end
    return sum
end
print(string.format("%.0f", run(2500000)))
