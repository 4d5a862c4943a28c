# Puts n queens on a board of n by n so that none attacks another: finds the first solution, counts all of them, and tells
# how many differ when the board is turned or mirrored.

class Board:
    def __init__(self, size):
        self.size = size
        self.columns = [False] * size
        self.rising = [False] * (2 * size - 1)
        self.falling = [False] * (2 * size - 1)
        self.queens = []
        self.tries = 0

    def is_free(self, row, column):
        return not (self.columns[column] or self.rising[row + column] or self.falling[row - column + self.size - 1])

    def mark(self, row, column, taken):
        self.columns[column] = taken
        self.rising[row + column] = taken
        self.falling[row - column + self.size - 1] = taken

    def put(self, column):
        self.tries += 1
        self.mark(len(self.queens), column, True)
        self.queens.append(column)

    def take(self):
        column = self.queens.pop()
        self.mark(len(self.queens), column, False)

    # Calls found with each solution until it gives true; tells whether it did.
    def solve(self, found):
        row = len(self.queens)
        if row == self.size:
            return found(self.queens)
        for column in range(self.size):
            if self.is_free(row, column):
                self.put(column)
                done = self.solve(found)
                self.take()
                if done:
                    return True
        return False

def show(queens):
    for column in queens:
        line = ""
        for i in range(len(queens)):
            line += "Q" if i == column else "."
        print(line)

def rotated(queens):
    n = len(queens)
    result = [0] * n
    for row in range(n):
        result[queens[row]] = n - 1 - row
    return result

def mirrored(queens):
    return queens[::-1]

# Whether a comes before b in the order of dictionaries.
def is_before(a, b):
    for i in range(len(a)):
        if a[i] != b[i]:
            return a[i] < b[i]
    return False

# Whether no turned or mirrored form of a solution comes before it.
def is_first_form(queens):
    form = queens
    for turn in range(4):
        if is_before(form, queens) or is_before(mirrored(form), queens):
            return False
        form = rotated(form)
    return True

def first_solution(size):
    def found(queens):
        show(queens)
        return True
    Board(size).solve(found)

def count_solutions(size):
    board = Board(size)
    all = distinct = 0

    def found(queens):
        nonlocal all, distinct
        all += 1
        if is_first_form(queens):
            distinct += 1
        return False
    board.solve(found)
    print(f"{size} queens: {all} solutions, {distinct} distinct, {board.tries} queens put")

first_solution(20)
for size in range(4, 13):
    count_solutions(size)
