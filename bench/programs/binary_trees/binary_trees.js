// Trees of two kinds: complete ones that are made, counted and dropped, and search trees that grow in random order.

class Tree {
    constructor(left, right) {
        this.left = left;
        this.right = right;
    }

    count() {
        if (this.left === null) return 1;
        return 1 + this.left.count() + this.right.count();
    }
}

function completeTree(depth) {
    if (depth === 0) return new Tree(null, null);
    return new Tree(completeTree(depth - 1), completeTree(depth - 1));
}

function completeTrees(maxDepth) {
    const MIN_DEPTH = 4;
    console.log(`stretch tree of depth ${maxDepth + 1}: ${completeTree(maxDepth + 1).count()}`);
    const longLived = completeTree(maxDepth);
    for (let depth = MIN_DEPTH; depth <= maxDepth; depth += 2) {
        const rounds = 1 << (maxDepth - depth + MIN_DEPTH);
        let total = 0;
        for (let i = 0; i < rounds; i++) {
            total += completeTree(depth).count();
        }
        console.log(`${rounds} trees of depth ${depth}: ${total}`);
    }
    console.log(`long lived tree of depth ${maxDepth}: ${longLived.count()}`);
}

class Node {
    constructor(key) {
        this.key = key;
        this.times = 1;
        this.left = null;
        this.right = null;
    }
}

class SearchTree {
    constructor() {
        this.root = null;
        this.size = 0;
    }

    insert(key) {
        if (this.root === null) {
            this.root = new Node(key);
            this.size = 1;
            return;
        }
        let node = this.root;
        for (;;) {
            if (key === node.key) {
                node.times++;
                return;
            } else if (key < node.key) {
                if (node.left === null) {
                    node.left = new Node(key);
                    break;
                }
                node = node.left;
            } else {
                if (node.right === null) {
                    node.right = new Node(key);
                    break;
                }
                node = node.right;
            }
        }
        this.size++;
    }

    times(key) {
        let node = this.root;
        while (node !== null) {
            if (key === node.key) return node.times;
            node = key < node.key ? node.left : node.right;
        }
        return 0;
    }
}

function height(node) {
    if (node === null) return 0;
    return 1 + Math.max(height(node.left), height(node.right));
}

// Calls visit with each key, in order.
function walk(node, visit) {
    if (node !== null) {
        walk(node.left, visit);
        visit(node.key, node.times);
        walk(node.right, visit);
    }
}

function searchTrees(rounds, size) {
    let random = 42;
    let sum = 0;
    let heights = 0;
    for (let round = 0; round < rounds; round++) {
        const tree = new SearchTree();
        for (let i = 0; i < size; i++) {
            random = random * 16807 % 2147483647;
            tree.insert(random % size);
        }
        for (let key = 0; key < size; key++) {
            sum += tree.times(key) * key;
        }
        heights += height(tree.root);
        let at = 0;
        walk(tree.root, (key, times) => {
            at++;
            sum += (key - at) * times;
        });
    }
    console.log(`search trees: ${sum}, heights: ${heights}`);
}

completeTrees(14);
searchTrees(10, 20000);
