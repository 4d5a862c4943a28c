-- The kernel of an operating system, simulated: tasks of four kinds pass packets to each other under a scheduler with
-- priorities. After Martin Richards' benchmark.
local bxor = bit and bit.bxor or load("return function(a, b) return a ~ b end")()
local floor = math.floor

local IDLE, WORKER, HANDLER_A, HANDLER_B, DEVICE_A, DEVICE_B = 0, 1, 2, 3, 4, 5
local KIND_DEVICE, KIND_WORK = 0, 1
local DATA_SIZE = 4

local Packet = {}
Packet.__index = Packet
function Packet.new(link, id, kind)
    return setmetatable({ link = link, id = id, kind = kind, position = 0, data = { 0, 0, 0, 0 } }, Packet)
end

-- Puts the packet at the end of a queue, and gives the queue.
function Packet:append_to(queue)
    self.link = nil
    if queue == nil then return self end
    local last = queue
    while last.link ~= nil do last = last.link end
    last.link = self
    return queue
end

local Task = {}
Task.__index = Task
function Task.init(self, scheduler, id, priority, queue)
    self.scheduler = scheduler
    self.link = nil
    self.id = id
    self.priority = priority
    self.queue = queue
    self.is_pending = queue ~= nil
    self.is_waiting = true
    self.is_held = false
end

function Task:can_run() return not self.is_held and (self.is_pending or not self.is_waiting) end

-- Takes a packet in, and gives the task that goes on: this one, if it is more urgent than the other.
function Task:accept(other, packet)
    if self.queue == nil then
        self.queue = packet
        self.is_pending = true
        if self.priority > other.priority then return self end
    else
        self.queue = packet:append_to(self.queue)
    end
    return other
end

function Task:run()
    local packet = nil
    if self.is_waiting and self.is_pending then
        packet = self.queue
        self.queue = packet.link
        self.is_waiting = false
        self.is_pending = self.queue ~= nil
    end
    return self:step(packet)
end

local IdleTask = setmetatable({}, Task)
IdleTask.__index = IdleTask
function IdleTask.new(scheduler, id, priority, queue, count)
    local self = setmetatable({}, IdleTask)
    Task.init(self, scheduler, id, priority, queue)
    self.is_waiting = false
    self.count = count
    self.bits = 1
    return self
end

function IdleTask:step(packet)
    self.count = self.count - 1
    if self.count == 0 then return self.scheduler:hold() end
    if self.bits % 2 == 0 then
        self.bits = floor(self.bits / 2)
        return self.scheduler:release(DEVICE_A)
    end
    self.bits = bxor(floor(self.bits / 2), 0xD008)
    return self.scheduler:release(DEVICE_B)
end

local WorkerTask = setmetatable({}, Task)
WorkerTask.__index = WorkerTask
function WorkerTask.new(scheduler, id, priority, queue)
    local self = setmetatable({}, WorkerTask)
    Task.init(self, scheduler, id, priority, queue)
    self.handler = HANDLER_A
    self.letter = 0
    return self
end

function WorkerTask:step(packet)
    if packet == nil then return self.scheduler:wait() end
    self.handler = self.handler == HANDLER_A and HANDLER_B or HANDLER_A
    packet.id = self.handler
    packet.position = 0
    for i = 1, DATA_SIZE do
        self.letter = self.letter + 1
        if self.letter > 26 then self.letter = 1 end
        packet.data[i] = self.letter
    end
    return self.scheduler:send(packet)
end

local HandlerTask = setmetatable({}, Task)
HandlerTask.__index = HandlerTask
function HandlerTask.new(scheduler, id, priority, queue)
    local self = setmetatable({}, HandlerTask)
    Task.init(self, scheduler, id, priority, queue)
    self.work = nil
    self.device = nil
    return self
end

function HandlerTask:step(packet)
    if packet ~= nil then
        if packet.kind == KIND_WORK then
            self.work = packet:append_to(self.work)
        else
            self.device = packet:append_to(self.device)
        end
    end
    local work = self.work
    if work ~= nil then
        local position = work.position
        if position >= DATA_SIZE then
            self.work = work.link
            return self.scheduler:send(work)
        end
        local device = self.device
        if device ~= nil then
            self.device = device.link
            device.position = work.data[position + 1]
            work.position = position + 1
            return self.scheduler:send(device)
        end
    end
    return self.scheduler:wait()
end

local DeviceTask = setmetatable({}, Task)
DeviceTask.__index = DeviceTask
function DeviceTask.new(scheduler, id, priority, queue)
    local self = setmetatable({}, DeviceTask)
    Task.init(self, scheduler, id, priority, queue)
    self.held = nil
    return self
end

function DeviceTask:step(packet)
    if packet == nil then
        if self.held == nil then return self.scheduler:wait() end
        local held = self.held
        self.held = nil
        return self.scheduler:send(held)
    end
    self.held = packet
    return self.scheduler:hold()
end

local Scheduler = {}
Scheduler.__index = Scheduler
function Scheduler.new()
    return setmetatable({ sent = 0, holds = 0, tasks = {}, list = nil, current = nil }, Scheduler)
end

function Scheduler:add(task)
    task.link = self.list
    self.list = task
    self.tasks[task.id + 1] = task
end

function Scheduler:run()
    self.current = self.list
    while self.current ~= nil do
        if self.current:can_run() then
            self.current = self.current:run()
        else
            self.current = self.current.link
        end
    end
end

function Scheduler:release(id)
    local task = self.tasks[id + 1]
    task.is_held = false
    if task.priority > self.current.priority then return task end
    return self.current
end

function Scheduler:hold()
    self.holds = self.holds + 1
    self.current.is_held = true
    return self.current.link
end

function Scheduler:wait()
    self.current.is_waiting = true
    return self.current
end

function Scheduler:send(packet)
    local task = self.tasks[packet.id + 1]
    self.sent = self.sent + 1
    packet.link = nil
    packet.id = self.current.id
    return task:accept(self.current, packet)
end

local function packets(count, id, kind)
    local queue = nil
    for i = 1, count do queue = Packet.new(queue, id, kind) end
    return queue
end

local function simulate(count)
    local scheduler = Scheduler.new()
    scheduler:add(IdleTask.new(scheduler, IDLE, 0, nil, count))
    scheduler:add(WorkerTask.new(scheduler, WORKER, 1000, packets(2, WORKER, KIND_WORK)))
    scheduler:add(HandlerTask.new(scheduler, HANDLER_A, 2000, packets(3, DEVICE_A, KIND_DEVICE)))
    scheduler:add(HandlerTask.new(scheduler, HANDLER_B, 3000, packets(3, DEVICE_B, KIND_DEVICE)))
    scheduler:add(DeviceTask.new(scheduler, DEVICE_A, 4000, nil))
    scheduler:add(DeviceTask.new(scheduler, DEVICE_B, 5000, nil))
    scheduler:run()
    return scheduler
end

local sent, holds = 0, 0
for round = 1, 60 do
    local scheduler = simulate(10000)
    sent = sent + scheduler.sent
    holds = holds + scheduler.holds
end
print(sent, holds)
