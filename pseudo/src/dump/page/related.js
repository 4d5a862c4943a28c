// What belongs together in the columns of a trace.

// What belongs to a row: for each column, the rows.
function related(view, name, index) {
    const row = view.data[name]?.[index];
    if (!row) return null;
    const one = view.stages[view.stage];
    const sets = {
        source: new Set(),
        bytecode: new Set(),
        ir: new Set(),
        snapshots: new Set(),
        machine: new Set(),
    };
    sets[name].add(index);
    const bytecodes = new Set();
    const addBytecode = (at) => {
        if (at === undefined || !view.bytecode[at]) return;
        bytecodes.add(at);
        sets.bytecode.add(view.bytecodeRow[at]);
        const line = view.sourceOf(view.bytecode[at]);
        if (line !== undefined) sets.source.add(line);
    };
    const addFinal = (final) => {
        for (const at of view.machineOfIr.get(final) ?? []) sets.machine.add(at);
    };
    const addIr = (at, withBytecode = true) => {
        const line = one.lines[at];
        if (!line) return;
        if (view.irRow.has(at)) sets.ir.add(view.irRow.get(at));
        if (one.final[at] >= 0) addFinal(one.final[at]);
        if (withBytecode) addBytecode(line.bytecode);
        if (view.snapshotRow.has(line.snapshot)) sets.snapshots.add(view.snapshotRow.get(line.snapshot));
    };
    const addPart = (at) => {
        addBytecode(at);
        for (const line of view.machineOfPart.get(at) ?? []) sets.machine.add(line);
    };
    const irOfBytecodes = () => {
        if (one) one.lines.forEach((line, at) => bytecodes.has(line.bytecode) && addIr(at, false));
        else bytecodes.forEach(addPart);
    };
    if (name === "source") {
        for (const at of view.bytecodeOfLine.get(row.key) ?? []) addBytecode(at);
        irOfBytecodes();
    } else if (name === "bytecode" && row.at !== undefined) {
        addBytecode(row.at);
        irOfBytecodes();
    } else if (name === "ir") {
        if (row.gone) addBytecode(row.line.bytecode);
        else addIr(row.number);
    } else if (name === "snapshots" && row.number !== undefined) {
        for (const at of view.guardsOf.get(row.number) ?? []) addIr(at);
        for (const exit of view.exitsOfSnapshot.get(row.number) ?? [])
            for (const at of view.machineOfExit.get(exit) ?? []) sets.machine.add(at);
    } else if (name === "machine" && row.part !== undefined) {
        addPart(row.part);
    } else if (name === "machine" && row.ir !== undefined) {
        addFinal(row.ir);
        const at = one.ofFinal.get(row.ir);
        if (at === undefined) addBytecode(view.compiled.ir.lines[row.ir]?.bytecode);
        else addIr(at);
    } else if (name === "machine" && row.exit !== undefined) {
        for (const at of view.machineOfExit.get(row.exit)) sets.machine.add(at);
        view.compiled.ir.lines.forEach((line, final) => line.exit === row.exit && addIr(one.ofFinal.get(final)));
    }
    const number = name === "ir" && !row.gone ? row.number : undefined;
    return { name, index, sets, number };
}
