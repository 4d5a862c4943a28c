// Keeps constraints between variables satisfied while some of them are edited, the strong ones before the weak ones, and
// makes plans for edits that come again and again. After the DeltaBlue algorithm (Freeman-Benson, Maloney, Borning, 1990).

// Strengths: the smaller, the stronger.
const REQUIRED = 0, PREFERRED = 1, STRONG_DEFAULT = 2, NORMAL = 3, WEAK_DEFAULT = 4, WEAKEST = 5;

const Direction = Object.freeze({ None: 0, Forward: 1, Backward: 2 });

class Variable {
    constructor(name, value) {
        this.name = name;
        this.value = value;
        this.constraints = [];
        this.determinedBy = null;
        this.mark = 0;
        this.walkStrength = WEAKEST;
        this.stay = true;
    }

    addConstraint(constraint) { this.constraints.push(constraint); }

    removeConstraint(constraint) {
        const at = this.constraints.indexOf(constraint);
        if (at >= 0) this.constraints.splice(at, 1);
        if (this.determinedBy === constraint) this.determinedBy = null;
    }
}

class Constraint {
    isInput() { return false; }

    post(planner) {
        this.addToGraph();
        planner.add(this);
    }

    destroy(planner) {
        if (this.isSatisfied()) {
            planner.remove(this);
        } else {
            this.removeFromGraph();
        }
    }

    // Tries to enforce this constraint; gives the one that it overrides, if any.
    satisfy(planner, mark) {
        this.chooseMethod(mark);
        if (!this.isSatisfied()) {
            if (this.strength === REQUIRED) throw new Error("a required constraint can't be satisfied");
            return null;
        }
        this.markInputs(mark);
        const out = this.outputVariable();
        const overridden = out.determinedBy;
        if (overridden !== null) overridden.markUnsatisfied();
        out.determinedBy = this;
        if (!planner.propagate(this, mark)) throw new Error("a cycle of constraints");
        out.mark = mark;
        return overridden;
    }
}

class UnaryConstraint extends Constraint {
    constructor(variable, strength) {
        super();
        this.strength = strength;
        this.variable = variable;
        this.satisfied = false;
    }

    addToGraph() {
        this.variable.addConstraint(this);
        this.satisfied = false;
    }

    removeFromGraph() {
        this.variable.removeConstraint(this);
        this.satisfied = false;
    }

    chooseMethod(mark) {
        this.satisfied = this.variable.mark !== mark && this.strength < this.variable.walkStrength;
    }

    isSatisfied() { return this.satisfied; }
    markUnsatisfied() { this.satisfied = false; }
    markInputs(mark) {}
    outputVariable() { return this.variable; }
    inputsKnown(mark) { return true; }

    recalculate() {
        this.variable.walkStrength = this.strength;
        this.variable.stay = !this.isInput();
        if (this.variable.stay) this.execute();
    }
}

class StayConstraint extends UnaryConstraint {
    execute() {}
}

class EditConstraint extends UnaryConstraint {
    isInput() { return true; }
    execute() {}
}

class BinaryConstraint extends Constraint {
    constructor(first, second, strength) {
        super();
        this.strength = strength;
        this.first = first;
        this.second = second;
        this.direction = Direction.None;
    }

    chooseMethod(mark) {
        const first = this.first, second = this.second;
        this.direction = Direction.None;
        if (first.mark === mark) {
            if (second.mark !== mark && this.strength < second.walkStrength) this.direction = Direction.Forward;
        } else if (second.mark === mark) {
            if (this.strength < first.walkStrength) this.direction = Direction.Backward;
        } else if (first.walkStrength > second.walkStrength) {
            if (this.strength < first.walkStrength) this.direction = Direction.Backward;
        } else if (this.strength < second.walkStrength) {
            this.direction = Direction.Forward;
        }
    }

    addToGraph() {
        this.first.addConstraint(this);
        this.second.addConstraint(this);
        this.direction = Direction.None;
    }

    removeFromGraph() {
        this.first.removeConstraint(this);
        this.second.removeConstraint(this);
        this.direction = Direction.None;
    }

    isSatisfied() { return this.direction !== Direction.None; }
    markUnsatisfied() { this.direction = Direction.None; }
    markInputs(mark) { this.inputVariable().mark = mark; }
    inputVariable() { return this.direction === Direction.Forward ? this.first : this.second; }
    outputVariable() { return this.direction === Direction.Forward ? this.second : this.first; }

    inputsKnown(mark) {
        const input = this.inputVariable();
        return input.mark === mark || input.stay || input.determinedBy === null;
    }

    recalculate() {
        const source = this.inputVariable(), out = this.outputVariable();
        out.walkStrength = Math.max(this.strength, source.walkStrength);
        out.stay = source.stay;
        if (out.stay) this.execute();
    }
}

class EqualConstraint extends BinaryConstraint {
    execute() { this.outputVariable().value = this.inputVariable().value; }
}

// Keeps second = first * scale + offset, where scale and offset are variables that only this constraint reads.
class ScaleConstraint extends BinaryConstraint {
    constructor(first, scale, offset, second, strength) {
        super(first, second, strength);
        this.scale = scale;
        this.offset = offset;
    }

    addToGraph() {
        super.addToGraph();
        this.scale.addConstraint(this);
        this.offset.addConstraint(this);
    }

    removeFromGraph() {
        super.removeFromGraph();
        this.scale.removeConstraint(this);
        this.offset.removeConstraint(this);
    }

    markInputs(mark) {
        super.markInputs(mark);
        this.scale.mark = mark;
        this.offset.mark = mark;
    }

    execute() {
        if (this.direction === Direction.Forward) {
            this.second.value = this.first.value * this.scale.value + this.offset.value;
        } else {
            this.first.value = Math.floor((this.second.value - this.offset.value) / this.scale.value);
        }
    }

    recalculate() {
        const source = this.inputVariable(), out = this.outputVariable();
        out.walkStrength = Math.max(this.strength, source.walkStrength);
        out.stay = source.stay && this.scale.stay && this.offset.stay;
        if (out.stay) this.execute();
    }
}

class Planner {
    constructor() { this.mark = 0; }

    newMark() {
        this.mark++;
        return this.mark;
    }

    add(constraint) {
        const mark = this.newMark();
        let overridden = constraint.satisfy(this, mark);
        while (overridden !== null) overridden = overridden.satisfy(this, mark);
    }

    remove(constraint) {
        const out = constraint.outputVariable();
        constraint.markUnsatisfied();
        constraint.removeFromGraph();
        const unsatisfied = this.retract(out);
        for (let strength = REQUIRED; strength <= WEAKEST; strength++) {
            for (const other of unsatisfied) {
                if (other.strength === strength) this.add(other);
            }
        }
    }

    // Puts the constraints that may use a variable's new value on a list.
    addConsumers(variable, list) {
        const determining = variable.determinedBy;
        for (const constraint of variable.constraints) {
            if (constraint !== determining && constraint.isSatisfied()) list.push(constraint);
        }
    }

    // Recalculates all that depends on a constraint that was just satisfied. False if it depends on itself.
    propagate(constraint, mark) {
        const list = [constraint];
        while (list.length > 0) {
            const next = list.pop();
            const out = next.outputVariable();
            if (out.mark === mark) {
                this.remove(constraint);
                return false;
            }
            next.recalculate();
            this.addConsumers(out, list);
        }
        return true;
    }

    // Frees a variable and all that depended on it; gives the constraints that may now be satisfied instead.
    retract(out) {
        out.determinedBy = null;
        out.walkStrength = WEAKEST;
        out.stay = true;
        const unsatisfied = [];
        const list = [out];
        while (list.length > 0) {
            const variable = list.pop();
            for (const constraint of variable.constraints) {
                if (!constraint.isSatisfied()) unsatisfied.push(constraint);
            }
            const determining = variable.determinedBy;
            for (const constraint of variable.constraints) {
                if (constraint !== determining && constraint.isSatisfied()) {
                    constraint.recalculate();
                    list.push(constraint.outputVariable());
                }
            }
        }
        return unsatisfied;
    }

    // The constraints to execute, in order, whenever the sources change.
    makePlan(sources) {
        const mark = this.newMark();
        const plan = [];
        const list = sources;
        while (list.length > 0) {
            const constraint = list.pop();
            const out = constraint.outputVariable();
            if (out.mark !== mark && constraint.inputsKnown(mark)) {
                plan.push(constraint);
                out.mark = mark;
                this.addConsumers(out, list);
            }
        }
        return plan;
    }

    planFor(constraints) {
        return this.makePlan(constraints.filter(c => c.isInput() && c.isSatisfied()));
    }
}

function execute(plan) {
    for (const constraint of plan) constraint.execute();
}

// A long chain of equalities, with an edit at its beginning and a stay at its end.
function chainTest(n) {
    const planner = new Planner();
    const variables = [];
    for (let i = 0; i <= n; i++) {
        const variable = new Variable(`v${i}`, 0);
        if (i > 0) new EqualConstraint(variables[i - 1], variable, REQUIRED).post(planner);
        variables.push(variable);
    }
    const first = variables[0], last = variables[n];
    new StayConstraint(last, STRONG_DEFAULT).post(planner);
    const edit = new EditConstraint(first, PREFERRED);
    edit.post(planner);
    const plan = planner.planFor([edit]);
    let sum = 0;
    for (let i = 0; i < 100; i++) {
        first.value = i;
        execute(plan);
        if (last.value !== i) throw new Error("chain test failed");
        sum += last.value;
    }
    edit.destroy(planner);
    return sum;
}

function change(planner, variable, value) {
    const edit = new EditConstraint(variable, PREFERRED);
    edit.post(planner);
    const plan = planner.planFor([edit]);
    for (let i = 0; i < 10; i++) {
        variable.value = value;
        execute(plan);
    }
    edit.destroy(planner);
}

// Pairs of variables, the second a linear function of the first by a scale and an offset that all pairs share.
function projectionTest(n) {
    const planner = new Planner();
    const scale = new Variable("scale", 10), offset = new Variable("offset", 1000);
    let source = null, target = null;
    const targets = [];
    for (let i = 0; i < n; i++) {
        source = new Variable(`source${i}`, i);
        target = new Variable(`target${i}`, i);
        targets.push(target);
        new StayConstraint(source, NORMAL).post(planner);
        new ScaleConstraint(source, scale, offset, target, REQUIRED).post(planner);
    }
    let sum = 0;
    change(planner, source, 17);
    if (target.value !== 1170) throw new Error("projection 1 failed");
    change(planner, target, 1050);
    if (source.value !== 5) throw new Error("projection 2 failed");
    change(planner, scale, 5);
    for (let i = 0; i < n - 1; i++) {
        if (targets[i].value !== i * 5 + 1000) throw new Error("projection 3 failed");
        sum += targets[i].value;
    }
    change(planner, offset, 2000);
    for (let i = 0; i < n - 1; i++) {
        if (targets[i].value !== i * 5 + 2000) throw new Error("projection 4 failed");
        sum += targets[i].value;
    }
    return sum;
}

let chain = 0, projection = 0;
for (let i = 0; i < 8; i++) {
    chain += chainTest(3000);
    projection += projectionTest(3000);
}
console.log(chain, projection);
