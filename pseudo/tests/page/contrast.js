// The texts in sight whose colour is too near to what is behind them: less than 4.5 to 1, as WCAG 2.2 (AA) asks for.
(() => {
    const parts = (text) => {
        const numbers = text.match(/[\d.]+/g).map(Number);
        const scale = text.startsWith("color(") ? 1 : 255;
        return [...numbers.slice(0, 3).map((number) => number / scale), numbers[3] ?? 1];
    };
    const over = ([r, g, b, a], [r2, g2, b2]) => [r * a + r2 * (1 - a), g * a + g2 * (1 - a), b * a + b2 * (1 - a)];
    const linear = (value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
    const luminance = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
    const behind = (element) => {
        const layers = [];
        for (let at = element; at; at = at.parentElement) layers.push(parts(getComputedStyle(at).backgroundColor));
        return layers.reverse().reduce((below, layer) => over(layer, below), [1, 1, 1]);
    };
    const bad = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const element = walker.currentNode.parentElement;
        // Lines that a trace does not go through are faded on purpose; they are read in the source view.
        if (!walker.currentNode.data.trim() || element.closest("script, svg, option, .row:not(.through) .code"))
            continue;
        if (!element.checkVisibility()) continue;
        const back = behind(element);
        const front = over(parts(getComputedStyle(element).color), back);
        const [light, dark] = [luminance(front), luminance(back)].sort((a, b) => b - a);
        const ratio = (light + 0.05) / (dark + 0.05);
        if (ratio < 4.5)
            bad.push(`${ratio.toFixed(2)}: ${element.className} "${walker.currentNode.data.slice(0, 30)}"`);
    }
    return [...new Set(bad)];
})();
