-- A toy machine with a stack, a memory and twenty instructions; an assembler for it; and four programs.
local HALT = 0
local PUSH = 1
local POP = 2
local DUP = 3
local SWAP = 4
local ADD = 5
local SUB = 6
local MUL = 7
local DIV = 8
local MOD = 9
local LESS = 10
local LOAD = 11
local STORE = 12
local FETCH = 13
local PUT = 14
local JUMP = 15
local JZERO = 16
local CALL = 17
local RET = 18
local PRINT = 19

local OPCODES = {
    halt = HALT, push = PUSH, pop = POP, dup = DUP, swap = SWAP, add = ADD, sub = SUB, mul = MUL, div = DIV, mod = MOD,
    less = LESS, load = LOAD, store = STORE, fetch = FETCH, put = PUT, jump = JUMP, jzero = JZERO, call = CALL, ret = RET,
    print = PRINT,
}
local WITH_OPERAND = { [PUSH] = true, [LOAD] = true, [STORE] = true, [JUMP] = true, [JZERO] = true, [CALL] = true }

-- Every instruction takes two cells. Labels end with a colon; operands are numbers or labels.
local function assemble(text)
    local code, labels, missing, words = {}, {}, {}, {}
    for word in text:gmatch("%S+") do words[#words + 1] = word end
    local i = 1
    while i <= #words do
        local word = words[i]
        i = i + 1
        if word:sub(-1) == ":" then
            labels[word:sub(1, -2)] = #code + 1
        elseif not OPCODES[word] then
            error("no such instruction: " .. word)
        else
            local op = OPCODES[word]
            code[#code + 1] = op
            code[#code + 1] = 0
            if WITH_OPERAND[op] then
                missing[#missing + 1] = { #code, words[i] }
                i = i + 1
            end
        end
    end
    for _, item in ipairs(missing) do
        code[item[1]] = labels[item[2]] or tonumber(item[2])
    end
    return code
end

local Machine = {}
Machine.__index = Machine

function Machine.new(code)
    local self = setmetatable({ code = code, stack = {}, calls = {}, memory = {}, output = {}, pc = 0, steps = 0 }, Machine)
    for i = 0, 3999 do self.memory[i] = 0 end
    return self
end

function Machine:run()
    local code, stack, memory, calls, output = self.code, self.stack, self.memory, self.calls, self.output
    local pc, steps, top = 1, 0, 0
    while true do
        local op, operand = code[pc], code[pc + 1]
        pc = pc + 2
        steps = steps + 1
        if op == HALT then
            break
        elseif op == PUSH then
            top = top + 1
            stack[top] = operand
        elseif op == POP then
            top = top - 1
        elseif op == DUP then
            top = top + 1
            stack[top] = stack[top - 1]
        elseif op == SWAP then
            stack[top], stack[top - 1] = stack[top - 1], stack[top]
        elseif op == ADD then
            top = top - 1
            stack[top] = stack[top] + stack[top + 1]
        elseif op == SUB then
            top = top - 1
            stack[top] = stack[top] - stack[top + 1]
        elseif op == MUL then
            top = top - 1
            stack[top] = stack[top] * stack[top + 1]
        elseif op == DIV then
            top = top - 1
            stack[top] = math.floor(stack[top] / stack[top + 1])
        elseif op == MOD then
            top = top - 1
            stack[top] = stack[top] % stack[top + 1]
        elseif op == LESS then
            top = top - 1
            stack[top] = stack[top] < stack[top + 1] and 1 or 0
        elseif op == LOAD then
            top = top + 1
            stack[top] = memory[operand]
        elseif op == STORE then
            memory[operand] = stack[top]
            top = top - 1
        elseif op == FETCH then
            stack[top] = memory[stack[top]]
        elseif op == PUT then
            memory[stack[top]] = stack[top - 1]
            top = top - 2
        elseif op == JUMP then
            pc = operand
        elseif op == JZERO then
            if stack[top] == 0 then pc = operand end
            top = top - 1
        elseif op == CALL then
            calls[#calls + 1] = pc
            pc = operand
        elseif op == RET then
            pc = calls[#calls]
            calls[#calls] = nil
        elseif op == PRINT then
            output[#output + 1] = stack[top]
            top = top - 1
        else
            error("no such instruction: " .. op)
        end
    end
    self.pc = pc
    self.steps = steps
    return self
end

-- Counts the primes below 3000 with a sieve.
local PRIMES = [[push 2 store 0
    outer: load 0 push 3000 less jzero done
    load 0 push 100 add fetch jzero prime jump next
    prime: load 1 push 1 add store 1 load 0 dup add store 2
    inner: load 2 push 3000 less jzero next
    push 1 load 2 push 100 add put load 2 load 0 add store 2 jump inner
    next: load 0 push 1 add store 0 jump outer
    done: load 1 print halt]]

-- Finds the longest Collatz sequence that begins below 600.
local COLLATZ = [[push 1 store 0
    outer: load 0 push 600 less jzero done push 0 store 1 load 0
    step: dup push 1 swap less jzero end
    load 1 push 1 add store 1 dup push 2 mod jzero even
    push 3 mul push 1 add jump step
    even: push 2 div jump step
    end: pop load 2 load 1 less jzero next load 1 store 2 load 0 store 3
    next: load 0 push 1 add store 0 jump outer
    done: load 3 print load 2 print halt]]

-- The 19th Fibonacci number by recursion.
local FIBONACCI = [[push 19 call fib print halt
    fib: dup push 2 less jzero more ret
    more: dup push 1 sub call fib swap push 2 sub call fib add ret]]

-- Sorts 100 numbers by exchanges of neighbours.
local SORT = [[push 1 store 0
    make: load 0 push 101 less jzero sort load 4 push 75 mul push 74 add push 65537 mod store 4
    load 4 load 0 push 100 add put load 0 push 1 add store 0 jump make
    sort: push 100 store 1
    round: push 1 load 1 less jzero show push 1 store 0
    pass: load 0 load 1 less jzero lower
    load 0 push 101 add fetch load 0 push 100 add fetch less jzero keep
    load 0 push 101 add fetch store 2 load 0 push 100 add fetch load 0 push 101 add put
    load 2 load 0 push 100 add put
    keep: load 0 push 1 add store 0 jump pass
    lower: load 1 push 1 sub store 1 jump round
    show: push 101 fetch print push 150 fetch print push 200 fetch print halt]]

local total = 0
for round = 1, 24 do
    for _, text in ipairs({ PRIMES, COLLATZ, FIBONACCI, SORT }) do
        local machine = Machine.new(assemble(text)):run()
        total = total + machine.steps
        if round == 1 then print(table.concat(machine.output, " ") .. " " .. machine.steps) end
    end
end
print(total)
