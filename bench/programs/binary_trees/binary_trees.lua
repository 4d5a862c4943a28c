-- Trees of two kinds: complete ones that are made, counted and dropped, and search trees that grow in random order.

local Tree = {}
Tree.__index = Tree
function Tree.new(left, right) return setmetatable({ left = left, right = right }, Tree) end

function Tree:count()
    if self.left == nil then return 1 end
    return 1 + self.left:count() + self.right:count()
end

local function complete_tree(depth)
    if depth == 0 then return Tree.new(nil, nil) end
    return Tree.new(complete_tree(depth - 1), complete_tree(depth - 1))
end

local function complete_trees(max_depth)
    local MIN_DEPTH = 4
    print("stretch tree of depth " .. max_depth + 1 .. ": " .. complete_tree(max_depth + 1):count())
    local long_lived = complete_tree(max_depth)
    for depth = MIN_DEPTH, max_depth, 2 do
        local rounds = 1
        for i = 1, max_depth - depth + MIN_DEPTH do rounds = rounds * 2 end
        local total = 0
        for i = 1, rounds do
            total = total + complete_tree(depth):count()
        end
        print(rounds .. " trees of depth " .. depth .. ": " .. total)
    end
    print("long lived tree of depth " .. max_depth .. ": " .. long_lived:count())
end

local Node = {}
Node.__index = Node
function Node.new(key) return setmetatable({ key = key, times = 1, left = nil, right = nil }, Node) end

local SearchTree = {}
SearchTree.__index = SearchTree
function SearchTree.new() return setmetatable({ root = nil, size = 0 }, SearchTree) end

function SearchTree:insert(key)
    if self.root == nil then
        self.root = Node.new(key)
        self.size = 1
        return
    end
    local node = self.root
    while true do
        if key == node.key then
            node.times = node.times + 1
            return
        elseif key < node.key then
            if node.left == nil then
                node.left = Node.new(key)
                break
            end
            node = node.left
        else
            if node.right == nil then
                node.right = Node.new(key)
                break
            end
            node = node.right
        end
    end
    self.size = self.size + 1
end

function SearchTree:times(key)
    local node = self.root
    while node ~= nil do
        if key == node.key then return node.times end
        if key < node.key then node = node.left else node = node.right end
    end
    return 0
end

local function height(node)
    if node == nil then return 0 end
    return 1 + math.max(height(node.left), height(node.right))
end

-- Calls visit with each key, in order.
local function walk(node, visit)
    if node ~= nil then
        walk(node.left, visit)
        visit(node.key, node.times)
        walk(node.right, visit)
    end
end

local function search_trees(rounds, size)
    local random = 42
    local sum = 0
    local heights = 0
    for round = 1, rounds do
        local tree = SearchTree.new()
        for i = 1, size do
            random = random * 16807 % 2147483647
            tree:insert(random % size)
        end
        for key = 0, size - 1 do
            sum = sum + tree:times(key) * key
        end
        heights = heights + height(tree.root)
        local at = 0
        walk(tree.root, function(key, times)
            at = at + 1
            sum = sum + (key - at) * times
        end)
    end
    print("search trees: " .. sum .. ", heights: " .. heights)
end

complete_trees(14)
search_trees(10, 20000)
