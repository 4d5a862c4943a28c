// An AVL tree as a map from ints to ints: insertions, look-ups, deletions, walks in order and checks of the balance.
class Node {
    constructor(key, value) {
        this.left = null;
        this.right = null;
        this.height = 1;
        this.key = key;
        this.value = value;
    }
}

function height(node) {
    return node === null ? 0 : node.height;
}

function update(node) {
    node.height = Math.max(height(node.left), height(node.right)) + 1;
}

function rotateRight(node) {
    const top = node.left;
    node.left = top.right;
    top.right = node;
    update(node);
    update(top);
    return top;
}

function rotateLeft(node) {
    const top = node.right;
    node.right = top.left;
    top.left = node;
    update(node);
    update(top);
    return top;
}

function balance(node) {
    update(node);
    const difference = height(node.left) - height(node.right);
    if (difference > 1) {
        if (height(node.left.left) < height(node.left.right)) {
            node.left = rotateLeft(node.left);
        }
        return rotateRight(node);
    } else if (difference < -1) {
        if (height(node.right.right) < height(node.right.left)) {
            node.right = rotateRight(node.right);
        }
        return rotateLeft(node);
    }
    return node;
}

function insertNode(node, key, value) {
    if (node === null) return new Node(key, value);
    if (key < node.key) {
        node.left = insertNode(node.left, key, value);
    } else if (key > node.key) {
        node.right = insertNode(node.right, key, value);
    } else {
        node.value = value;
        return node;
    }
    return balance(node);
}

function least(node) {
    while (node.left !== null) node = node.left;
    return node;
}

function deleteNode(node, key) {
    if (node === null) return null;
    if (key < node.key) {
        node.left = deleteNode(node.left, key);
    } else if (key > node.key) {
        node.right = deleteNode(node.right, key);
    } else if (node.left === null) {
        return node.right;
    } else if (node.right === null) {
        return node.left;
    } else {
        const next = least(node.right);
        node.key = next.key;
        node.value = next.value;
        node.right = deleteNode(node.right, next.key);
    }
    return balance(node);
}

function walk(node, visit) {
    if (node === null) return;
    walk(node.left, visit);
    visit(node.key, node.value);
    walk(node.right, visit);
}

// The number of nodes, or -1 if the tree is out of balance.
function check(node) {
    if (node === null) return 0;
    const left = check(node.left), right = check(node.right);
    if (left < 0 || right < 0 || Math.abs(height(node.left) - height(node.right)) > 1) return -1;
    return left + right + 1;
}

class Tree {
    constructor() {
        this.root = null;
    }

    set(key, value) { this.root = insertNode(this.root, key, value); }
    delete(key) { this.root = deleteNode(this.root, key); }

    find(key) {
        let node = this.root;
        while (node !== null) {
            if (key === node.key) return node.value;
            node = key < node.key ? node.left : node.right;
        }
        return null;
    }
}

let state = 42;
function randomBelow(n) {
    state = state * 16807 % 2147483647;
    return state % n;
}

const tree = new Tree();
for (let round = 1; round <= 4; round++) {
    for (let i = 0; i < 10000; i++) tree.set(randomBelow(25000), i);
    let found = 0, sum = 0;
    for (let i = 0; i < 25000; i++) {
        const value = tree.find(randomBelow(25000));
        if (value !== null) {
            found += 1;
            sum += value;
        }
    }
    for (let i = 0; i < 7500; i++) tree.delete(randomBelow(25000));
    let order = 0, last = -1;
    walk(tree.root, (key, value) => {
        if (key <= last) throw new Error("out of order");
        last = key;
        order = (order * 31 + key + value) % 250003;
    });
    console.log(`${check(tree.root)} ${height(tree.root)} ${found} ${sum} ${order}`);
}
