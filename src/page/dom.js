/** Elements, made of text and never of markup: nothing that a request or an answer holds can become part of the page's code. */

/** @typedef {Node | string | number | null | undefined | false} Child */
/** @typedef {Record<string, string | number | boolean | null | undefined>} Attributes */

/**
 * @template {keyof HTMLElementTagNameMap} Name
 * @param {Name} name
 * @param {Attributes} [attributes]
 * @param {...(Child | readonly Child[])} children
 * @returns {HTMLElementTagNameMap[Name]}
 */
export function h(name, attributes = {}, ...children) {
  return filled(document.createElement(name), attributes, children);
}

/**
 * @template {keyof SVGElementTagNameMap} Name
 * @param {Name} name
 * @param {Attributes} [attributes]
 * @param {...(Child | readonly Child[])} children
 * @returns {SVGElementTagNameMap[Name]}
 */
export function svg(name, attributes = {}, ...children) {
  return filled(document.createElementNS('http://www.w3.org/2000/svg', name), attributes, children);
}

/**
 * @template {Element} T
 * @param {T} element
 * @param {Attributes} attributes
 * @param {readonly (Child | readonly Child[])[]} children
 */
function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(name, '');
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, String(value));
  }
  for (const child of children.flat()) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child instanceof Node ? child : String(child));
  }
  return element;
}

/**
 * @template {Element} T
 * @param {string} id
 * @param {new () => T} type
 * @returns {T}
 */
export function byId(id, type) {
  const element = document.getElementById(id);
  if (!(element instanceof type)) throw new Error(`#${id} is not there`);
  return element;
}

/**
 * A table that may be wider than the page and is scrolled by itself.
 * @param {{ caption: string; head: readonly string[]; rows: readonly (readonly Child[])[]; figures?: readonly number[] }} table
 */
export function table({ caption, head, rows, figures = [] }) {
  const aligned = (/** @type {number} */ j) => ({ class: figures.includes(j) ? 'figure' : undefined });
  const framed = h(
    'div',
    { class: 'scroll' },
    h(
      'table',
      {},
      h('caption', { class: 'unseen' }, caption),
      h('thead', {}, h('tr', {}, ...head.map((cell, j) => h('th', { scope: 'col', ...aligned(j) }, cell)))),
      h(
        'tbody',
        {},
        ...rows.map((row) =>
          h(
            'tr',
            {},
            ...row.map((cell, j) =>
              j === 0 ? h('th', { scope: 'row', ...aligned(j) }, cell) : h('td', aligned(j), cell),
            ),
          ),
        ),
      ),
    ),
  );
  // What can be scrolled must be reached by the keyboard; what need not be is no stop on the way.
  new ResizeObserver(() => {
    const wider = framed.scrollWidth > framed.clientWidth;
    for (const [name, value] of Object.entries({ tabindex: '0', role: 'region', 'aria-label': caption }))
      if (wider) framed.setAttribute(name, value);
      else framed.removeAttribute(name);
  }).observe(framed);
  return framed;
}

/**
 * What may be opened; `key` tells it from others, so that it stays open from one plan to the next.
 * @param {string} key
 * @param {string} title
 * @param {...(Child | readonly Child[])} children
 */
export function disclosure(key, title, ...children) {
  return h('details', { 'data-key': key }, h('summary', {}, title), ...children);
}

/**
 * @param {string} title
 * @param {...(Child | readonly Child[])} children
 */
export function section(title, ...children) {
  return h('section', {}, h('h3', {}, title), ...children);
}

/**
 * A drawing for the room that there is, drawn anew when that changes, so that its words stay as large as those around it.
 * @param {string} kind
 * @param {(width: number) => Node} draw
 */
export function fitted(kind, draw) {
  const picture = h('div', { class: kind });
  const redraw = () => picture.replaceChildren(draw(Math.max(240, picture.clientWidth || 640)));
  new ResizeObserver(redraw).observe(picture);
  return picture;
}
