/**
 * What tests ask of a page that a browser shows. The text of this file is run in the page, after that of axe-core; it is no TypeScript since
 * the service's own types know no document.
 */
globalThis.inPage = {
  /** What axe-core finds wrong, every table open. */
  async faults(rules) {
    for (const closed of document.querySelectorAll('details')) closed.setAttribute('open', '');
    const options = { preload: false, resultTypes: ['violations'] };
    if (rules) options.runOnly = { type: 'rule', values: rules };
    const { violations } = await globalThis.axe.run(options);
    return violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
  },

  /** Texts of one drawing that run into one another, or that leave the page. */
  collisions() {
    const found = [];
    for (const drawing of document.querySelectorAll('svg.fluid')) {
      const texts = [...drawing.querySelectorAll('text')]
        .map((text) => ({ words: text.textContent, box: text.getBoundingClientRect() }))
        .filter(({ box }) => box.width > 0);
      for (const [i, { words, box }] of texts.entries()) {
        if (box.left < 0 || box.right > document.documentElement.clientWidth) found.push(`${words} leaves the page`);
        for (const other of texts.slice(i + 1)) {
          const across = Math.min(box.right, other.box.right) - Math.max(box.left, other.box.left);
          const down = Math.min(box.bottom, other.box.bottom) - Math.max(box.top, other.box.top);
          // Boxes of letters are higher than letters.
          if (across > 1 && down > 5) found.push(`${drawing.id}: ${words} runs into ${other.words}`);
        }
      }
    }
    return found;
  },

  width: () => document.documentElement.scrollWidth,
  focused: () => document.activeElement?.textContent,
  background: () => getComputedStyle(document.body).backgroundColor,
};
