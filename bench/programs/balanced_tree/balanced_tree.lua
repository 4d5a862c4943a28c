-- An AVL tree as a map from ints to ints: insertions, look-ups, deletions, walks in order and checks of the balance.
local function new_node(key, value)
    return { left = nil, right = nil, height = 1, key = key, value = value }
end

local function height(node)
    if node == nil then return 0 end
    return node.height
end

local function update(node)
    node.height = math.max(height(node.left), height(node.right)) + 1
end

local function rotate_right(node)
    local top = node.left
    node.left = top.right
    top.right = node
    update(node)
    update(top)
    return top
end

local function rotate_left(node)
    local top = node.right
    node.right = top.left
    top.left = node
    update(node)
    update(top)
    return top
end

local function balance(node)
    update(node)
    local difference = height(node.left) - height(node.right)
    if difference > 1 then
        if height(node.left.left) < height(node.left.right) then
            node.left = rotate_left(node.left)
        end
        return rotate_right(node)
    elseif difference < -1 then
        if height(node.right.right) < height(node.right.left) then
            node.right = rotate_right(node.right)
        end
        return rotate_left(node)
    end
    return node
end

local function insert_node(node, key, value)
    if node == nil then return new_node(key, value) end
    if key < node.key then
        node.left = insert_node(node.left, key, value)
    elseif key > node.key then
        node.right = insert_node(node.right, key, value)
    else
        node.value = value
        return node
    end
    return balance(node)
end

local function least(node)
    while node.left ~= nil do node = node.left end
    return node
end

local function delete_node(node, key)
    if node == nil then return nil end
    if key < node.key then
        node.left = delete_node(node.left, key)
    elseif key > node.key then
        node.right = delete_node(node.right, key)
    elseif node.left == nil then
        return node.right
    elseif node.right == nil then
        return node.left
    else
        local next = least(node.right)
        node.key = next.key
        node.value = next.value
        node.right = delete_node(node.right, next.key)
    end
    return balance(node)
end

local function walk(node, visit)
    if node == nil then return end
    walk(node.left, visit)
    visit(node.key, node.value)
    walk(node.right, visit)
end

-- The number of nodes, or -1 if the tree is out of balance.
local function check(node)
    if node == nil then return 0 end
    local left, right = check(node.left), check(node.right)
    if left < 0 or right < 0 or math.abs(height(node.left) - height(node.right)) > 1 then return -1 end
    return left + right + 1
end

local Tree = {}
Tree.__index = Tree

function Tree.new()
    return setmetatable({ root = nil }, Tree)
end

function Tree:set(key, value) self.root = insert_node(self.root, key, value) end
function Tree:delete(key) self.root = delete_node(self.root, key) end

function Tree:find(key)
    local node = self.root
    while node ~= nil do
        if key == node.key then return node.value end
        if key < node.key then node = node.left else node = node.right end
    end
    return nil
end

local state = 42
local function random_below(n)
    state = state * 16807 % 2147483647
    return state % n
end

local tree = Tree.new()
for round = 1, 4 do
    for i = 0, 9999 do tree:set(random_below(25000), i) end
    local found, sum = 0, 0
    for i = 1, 25000 do
        local value = tree:find(random_below(25000))
        if value ~= nil then
            found = found + 1
            sum = sum + value
        end
    end
    for i = 1, 7500 do tree:delete(random_below(25000)) end
    local order, last = 0, -1
    walk(tree.root, function(key, value)
        if key <= last then error("out of order") end
        last = key
        order = (order * 31 + key + value) % 250003
    end)
    print(string.format("%d %d %d %d %d", check(tree.root), height(tree.root), found, sum, order))
end
