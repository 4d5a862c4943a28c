-- Keeps constraints between variables satisfied while some of them are edited, the strong ones before the weak ones, and
-- makes plans for edits that come again and again. After the DeltaBlue algorithm (Freeman-Benson, Maloney, Borning, 1990).

-- Strengths: the smaller, the stronger.
local REQUIRED, PREFERRED, STRONG_DEFAULT, NORMAL, WEAK_DEFAULT, WEAKEST = 0, 1, 2, 3, 4, 5

local NONE, FORWARD, BACKWARD = 0, 1, 2

local function class(parent)
    local made = setmetatable({}, parent)
    made.__index = made
    return made
end

local Variable = class()
function Variable.new(name, value)
    return setmetatable({
        name = name, value = value, constraints = {}, determined_by = nil, mark = 0, walk_strength = WEAKEST, stay = true,
    }, Variable)
end

function Variable:add_constraint(constraint) self.constraints[#self.constraints + 1] = constraint end

function Variable:remove_constraint(constraint)
    for i, other in ipairs(self.constraints) do
        if other == constraint then
            table.remove(self.constraints, i)
            break
        end
    end
    if self.determined_by == constraint then self.determined_by = nil end
end

local Constraint = class()
function Constraint:is_input() return false end

function Constraint:post(planner)
    self:add_to_graph()
    planner:add(self)
end

function Constraint:destroy(planner)
    if self:is_satisfied() then
        planner:remove(self)
    else
        self:remove_from_graph()
    end
end

-- Tries to enforce this constraint; gives the one that it overrides, if any.
function Constraint:satisfy(planner, mark)
    self:choose_method(mark)
    if not self:is_satisfied() then
        if self.strength == REQUIRED then error("a required constraint can't be satisfied") end
        return nil
    end
    self:mark_inputs(mark)
    local out = self:output_variable()
    local overridden = out.determined_by
    if overridden ~= nil then overridden:mark_unsatisfied() end
    out.determined_by = self
    if not planner:propagate(self, mark) then error("a cycle of constraints") end
    out.mark = mark
    return overridden
end

local UnaryConstraint = class(Constraint)
function UnaryConstraint.init(self, variable, strength)
    self.strength = strength
    self.variable = variable
    self.satisfied = false
    return self
end

function UnaryConstraint:add_to_graph()
    self.variable:add_constraint(self)
    self.satisfied = false
end

function UnaryConstraint:remove_from_graph()
    self.variable:remove_constraint(self)
    self.satisfied = false
end

function UnaryConstraint:choose_method(mark)
    self.satisfied = self.variable.mark ~= mark and self.strength < self.variable.walk_strength
end

function UnaryConstraint:is_satisfied() return self.satisfied end
function UnaryConstraint:mark_unsatisfied() self.satisfied = false end
function UnaryConstraint:mark_inputs(mark) end
function UnaryConstraint:output_variable() return self.variable end
function UnaryConstraint:inputs_known(mark) return true end

function UnaryConstraint:recalculate()
    self.variable.walk_strength = self.strength
    self.variable.stay = not self:is_input()
    if self.variable.stay then self:execute() end
end

local StayConstraint = class(UnaryConstraint)
function StayConstraint.new(variable, strength) return UnaryConstraint.init(setmetatable({}, StayConstraint), variable, strength) end
function StayConstraint:execute() end

local EditConstraint = class(UnaryConstraint)
function EditConstraint.new(variable, strength) return UnaryConstraint.init(setmetatable({}, EditConstraint), variable, strength) end
function EditConstraint:is_input() return true end
function EditConstraint:execute() end

local BinaryConstraint = class(Constraint)
function BinaryConstraint.init(self, first, second, strength)
    self.strength = strength
    self.first = first
    self.second = second
    self.direction = NONE
    return self
end

function BinaryConstraint:choose_method(mark)
    local first, second = self.first, self.second
    self.direction = NONE
    if first.mark == mark then
        if second.mark ~= mark and self.strength < second.walk_strength then self.direction = FORWARD end
    elseif second.mark == mark then
        if self.strength < first.walk_strength then self.direction = BACKWARD end
    elseif first.walk_strength > second.walk_strength then
        if self.strength < first.walk_strength then self.direction = BACKWARD end
    elseif self.strength < second.walk_strength then
        self.direction = FORWARD
    end
end

function BinaryConstraint:add_to_graph()
    self.first:add_constraint(self)
    self.second:add_constraint(self)
    self.direction = NONE
end

function BinaryConstraint:remove_from_graph()
    self.first:remove_constraint(self)
    self.second:remove_constraint(self)
    self.direction = NONE
end

function BinaryConstraint:is_satisfied() return self.direction ~= NONE end
function BinaryConstraint:mark_unsatisfied() self.direction = NONE end
function BinaryConstraint:mark_inputs(mark) self:input_variable().mark = mark end
function BinaryConstraint:input_variable() return self.direction == FORWARD and self.first or self.second end
function BinaryConstraint:output_variable() return self.direction == FORWARD and self.second or self.first end

function BinaryConstraint:inputs_known(mark)
    local input = self:input_variable()
    return input.mark == mark or input.stay or input.determined_by == nil
end

function BinaryConstraint:recalculate()
    local source, out = self:input_variable(), self:output_variable()
    out.walk_strength = math.max(self.strength, source.walk_strength)
    out.stay = source.stay
    if out.stay then self:execute() end
end

local EqualConstraint = class(BinaryConstraint)
function EqualConstraint.new(first, second, strength)
    return BinaryConstraint.init(setmetatable({}, EqualConstraint), first, second, strength)
end
function EqualConstraint:execute() self:output_variable().value = self:input_variable().value end

-- Keeps second = first * scale + offset, where scale and offset are variables that only this constraint reads.
local ScaleConstraint = class(BinaryConstraint)
function ScaleConstraint.new(first, scale, offset, second, strength)
    local self = BinaryConstraint.init(setmetatable({}, ScaleConstraint), first, second, strength)
    self.scale = scale
    self.offset = offset
    return self
end

function ScaleConstraint:add_to_graph()
    BinaryConstraint.add_to_graph(self)
    self.scale:add_constraint(self)
    self.offset:add_constraint(self)
end

function ScaleConstraint:remove_from_graph()
    BinaryConstraint.remove_from_graph(self)
    self.scale:remove_constraint(self)
    self.offset:remove_constraint(self)
end

function ScaleConstraint:mark_inputs(mark)
    BinaryConstraint.mark_inputs(self, mark)
    self.scale.mark = mark
    self.offset.mark = mark
end

function ScaleConstraint:execute()
    if self.direction == FORWARD then
        self.second.value = self.first.value * self.scale.value + self.offset.value
    else
        self.first.value = math.floor((self.second.value - self.offset.value) / self.scale.value)
    end
end

function ScaleConstraint:recalculate()
    local source, out = self:input_variable(), self:output_variable()
    out.walk_strength = math.max(self.strength, source.walk_strength)
    out.stay = source.stay and self.scale.stay and self.offset.stay
    if out.stay then self:execute() end
end

local Planner = class()
function Planner.new() return setmetatable({ mark = 0 }, Planner) end

function Planner:new_mark()
    self.mark = self.mark + 1
    return self.mark
end

function Planner:add(constraint)
    local mark = self:new_mark()
    local overridden = constraint:satisfy(self, mark)
    while overridden ~= nil do
        overridden = overridden:satisfy(self, mark)
    end
end

function Planner:remove(constraint)
    local out = constraint:output_variable()
    constraint:mark_unsatisfied()
    constraint:remove_from_graph()
    local unsatisfied = self:retract(out)
    for strength = REQUIRED, WEAKEST do
        for _, other in ipairs(unsatisfied) do
            if other.strength == strength then self:add(other) end
        end
    end
end

-- Puts the constraints that may use a variable's new value on a list.
function Planner:add_consumers(variable, list)
    local determining = variable.determined_by
    for _, constraint in ipairs(variable.constraints) do
        if constraint ~= determining and constraint:is_satisfied() then list[#list + 1] = constraint end
    end
end

-- Recalculates all that depends on a constraint that was just satisfied. False if it depends on itself.
function Planner:propagate(constraint, mark)
    local list = { constraint }
    while #list > 0 do
        local next = table.remove(list)
        local out = next:output_variable()
        if out.mark == mark then
            self:remove(constraint)
            return false
        end
        next:recalculate()
        self:add_consumers(out, list)
    end
    return true
end

-- Frees a variable and all that depended on it; gives the constraints that may now be satisfied instead.
function Planner:retract(out)
    out.determined_by = nil
    out.walk_strength = WEAKEST
    out.stay = true
    local unsatisfied = {}
    local list = { out }
    while #list > 0 do
        local variable = table.remove(list)
        for _, constraint in ipairs(variable.constraints) do
            if not constraint:is_satisfied() then unsatisfied[#unsatisfied + 1] = constraint end
        end
        local determining = variable.determined_by
        for _, constraint in ipairs(variable.constraints) do
            if constraint ~= determining and constraint:is_satisfied() then
                constraint:recalculate()
                list[#list + 1] = constraint:output_variable()
            end
        end
    end
    return unsatisfied
end

-- The constraints to execute, in order, whenever the sources change.
function Planner:make_plan(sources)
    local mark = self:new_mark()
    local plan = {}
    local list = sources
    while #list > 0 do
        local constraint = table.remove(list)
        local out = constraint:output_variable()
        if out.mark ~= mark and constraint:inputs_known(mark) then
            plan[#plan + 1] = constraint
            out.mark = mark
            self:add_consumers(out, list)
        end
    end
    return plan
end

function Planner:plan_for(constraints)
    local sources = {}
    for _, c in ipairs(constraints) do
        if c:is_input() and c:is_satisfied() then sources[#sources + 1] = c end
    end
    return self:make_plan(sources)
end

local function execute(plan)
    for _, constraint in ipairs(plan) do constraint:execute() end
end

-- A long chain of equalities, with an edit at its beginning and a stay at its end.
local function chain_test(n)
    local planner = Planner.new()
    local variables = {}
    for i = 0, n do
        local variable = Variable.new("v" .. i, 0)
        if i > 0 then EqualConstraint.new(variables[i], variable, REQUIRED):post(planner) end
        variables[#variables + 1] = variable
    end
    local first, last = variables[1], variables[#variables]
    StayConstraint.new(last, STRONG_DEFAULT):post(planner)
    local edit = EditConstraint.new(first, PREFERRED)
    edit:post(planner)
    local plan = planner:plan_for({ edit })
    local sum = 0
    for i = 0, 99 do
        first.value = i
        execute(plan)
        if last.value ~= i then error("chain test failed") end
        sum = sum + last.value
    end
    edit:destroy(planner)
    return sum
end

local function change(planner, variable, value)
    local edit = EditConstraint.new(variable, PREFERRED)
    edit:post(planner)
    local plan = planner:plan_for({ edit })
    for i = 1, 10 do
        variable.value = value
        execute(plan)
    end
    edit:destroy(planner)
end

-- Pairs of variables, the second a linear function of the first by a scale and an offset that all pairs share.
local function projection_test(n)
    local planner = Planner.new()
    local scale, offset = Variable.new("scale", 10), Variable.new("offset", 1000)
    local source, target = nil, nil
    local targets = {}
    for i = 0, n - 1 do
        source = Variable.new("source" .. i, i)
        target = Variable.new("target" .. i, i)
        targets[#targets + 1] = target
        StayConstraint.new(source, NORMAL):post(planner)
        ScaleConstraint.new(source, scale, offset, target, REQUIRED):post(planner)
    end
    local sum = 0
    change(planner, source, 17)
    if target.value ~= 1170 then error("projection 1 failed") end
    change(planner, target, 1050)
    if source.value ~= 5 then error("projection 2 failed") end
    change(planner, scale, 5)
    for i = 0, n - 2 do
        if targets[i + 1].value ~= i * 5 + 1000 then error("projection 3 failed") end
        sum = sum + targets[i + 1].value
    end
    change(planner, offset, 2000)
    for i = 0, n - 2 do
        if targets[i + 1].value ~= i * 5 + 2000 then error("projection 4 failed") end
        sum = sum + targets[i + 1].value
    end
    return sum
end

local chain, projection = 0, 0
for i = 1, 8 do
    chain = chain + chain_test(3000)
    projection = projection + projection_test(3000)
end
print(chain, projection)
