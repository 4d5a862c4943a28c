// What records say, in words.

// An instruction of bytecode without its index and the spaces that align it, as the text form has them.
function instruction(text) {
    return text.replace(/^\s*\d+\s+/, "").replace(/\s+/g, " ");
}

function firstWord(text) {
    const end = text.indexOf(" ");
    return end < 0 ? text : text.slice(0, end);
}

function startText(start, generation) {
    switch (start.kind) {
        case "side":
            return `side trace of trace ${start.parent}, exit ${start.exit}`;
        case "shared_end":
            return "the end that side traces share";
        case "whole":
            return "whole function";
        default:
            return `a ${start.kind}`;
    }
}

function watchedText({ jumped, passed, both_ways }) {
    const then = both_ways ? "both ways are recorded from now on" : "one way is recorded";
    return `a conditional that jumped ${number(jumped)} of ${number(jumped + passed)} times: ${then}`;
}

function linkText(link) {
    switch (link.to) {
        case "loop":
            return "its own loop";
        case "trace":
            return `trace ${link.trace}, ${link.in_registers ? "in registers" : "through memory"}`;
        case "interpreter":
            return "the interpreter";
        default:
            return "its caller";
    }
}
