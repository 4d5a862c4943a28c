# Trees of two kinds: complete ones that are made, counted and dropped, and search trees that grow in random order.

class Tree:
    def __init__(self, left, right):
        self.left = left
        self.right = right

    def count(self):
        if self.left is None:
            return 1
        return 1 + self.left.count() + self.right.count()

def complete_tree(depth):
    if depth == 0:
        return Tree(None, None)
    return Tree(complete_tree(depth - 1), complete_tree(depth - 1))

def complete_trees(max_depth):
    MIN_DEPTH = 4
    print(f"stretch tree of depth {max_depth + 1}: {complete_tree(max_depth + 1).count()}")
    long_lived = complete_tree(max_depth)
    for depth in range(MIN_DEPTH, max_depth + 1, 2):
        rounds = 1 << (max_depth - depth + MIN_DEPTH)
        total = 0
        for i in range(rounds):
            total += complete_tree(depth).count()
        print(f"{rounds} trees of depth {depth}: {total}")
    print(f"long lived tree of depth {max_depth}: {long_lived.count()}")

class Node:
    def __init__(self, key):
        self.key = key
        self.times = 1
        self.left = None
        self.right = None

class SearchTree:
    def __init__(self):
        self.root = None
        self.size = 0

    def insert(self, key):
        if self.root is None:
            self.root = Node(key)
            self.size = 1
            return
        node = self.root
        while True:
            if key == node.key:
                node.times += 1
                return
            elif key < node.key:
                if node.left is None:
                    node.left = Node(key)
                    break
                node = node.left
            else:
                if node.right is None:
                    node.right = Node(key)
                    break
                node = node.right
        self.size += 1

    def times(self, key):
        node = self.root
        while node is not None:
            if key == node.key:
                return node.times
            node = node.left if key < node.key else node.right
        return 0

def height(node):
    if node is None:
        return 0
    return 1 + max(height(node.left), height(node.right))

# Calls visit with each key, in order.
def walk(node, visit):
    if node is not None:
        walk(node.left, visit)
        visit(node.key, node.times)
        walk(node.right, visit)

def search_trees(rounds, size):
    random = 42
    sum = 0
    heights = 0
    for round in range(rounds):
        tree = SearchTree()
        for i in range(size):
            random = random * 16807 % 2147483647
            tree.insert(random % size)
        for key in range(size):
            sum += tree.times(key) * key
        heights += height(tree.root)
        at = 0

        def visit(key, times):
            nonlocal at, sum
            at += 1
            sum += (key - at) * times
        walk(tree.root, visit)
    print(f"search trees: {sum}, heights: {heights}")

complete_trees(14)
search_trees(10, 20000)
