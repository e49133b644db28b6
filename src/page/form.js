/** The form: read, written, and told what is wrong with it. */
import { byId, h } from './dom.js';
import { ownFields } from './own-json.js';
import { applies, defaults, unaddressed } from './request.js';

/** @typedef {import('./request.js').Fields} Fields */
/** @typedef {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement} Control */

export const form = byId('form', HTMLFormElement);

/**
 * @param {string} name
 * @returns {Control}
 */
export function control(name) {
  const element = document.getElementById(name);
  if (
    element instanceof HTMLInputElement ||
    element instanceof HTMLSelectElement ||
    element instanceof HTMLTextAreaElement
  )
    return element;
  throw new Error(`#${name} is no field`);
}

/** @returns {Fields} */
export function readForm() {
  return Object.fromEntries(Object.keys(defaults).map((name) => [name, control(name).value.trim()]));
}

/** @param {Fields} fields */
export function writeForm(fields) {
  for (const [name, value] of Object.entries(fields)) {
    const element = control(name);
    if (element instanceof HTMLSelectElement && ![...element.options].some((option) => option.value === value)) {
      // A shared address may name what this release does not know: the service is to say so, at this field.
      element.append(h('option', { value }, value));
    }
    element.value = value;
  }
  showWhatApplies();
}

/** Fields that do not count as the others stand are not there. */
export function showWhatApplies() {
  const fields = readForm();
  for (const element of form.querySelectorAll('[data-kind]')) {
    if (!(element instanceof HTMLElement)) continue;
    const { kind, load } = element.dataset;
    element.hidden = kind !== fields.kind || (load !== undefined && load !== fields.load);
  }
  for (const name of Object.values(ownFields)) byId(`${name}-field`, HTMLElement).hidden = !applies(name, fields);
  const long = unaddressed(fields);
  for (const name of Object.values(ownFields)) byId(`${name}-long`, HTMLElement).hidden = !(name in long);
}

/**
 * @param {'model' | 'gpu'} name
 * @param {readonly { value: string; text: string }[]} options
 */
export function offer(name, options) {
  control(name).replaceChildren(...options.map(({ value, text }) => h('option', { value }, text)));
}

/**
 * By its hint, if it has one, and by what else is said of it.
 * @param {Control} element
 * @param {readonly string[]} further
 */
function describe(element, further) {
  const ids = [...(element.dataset.hint ? [element.dataset.hint] : []), ...further];
  if (ids.length > 0) element.setAttribute('aria-describedby', ids.join(' '));
  else element.removeAttribute('aria-describedby');
}

/** @param {string} name */
export function labelOf(name) {
  return form.querySelector(`label[for="${name}"]`)?.textContent ?? name;
}

/**
 * What is wrong, at each field; nothing at the others.
 * @param {ReadonlyMap<string, string>} faults
 */
export function showFaults(faults) {
  for (const name of Object.keys(defaults)) {
    const element = control(name);
    const id = `${name}-error`;
    const known = document.getElementById(id);
    const fault = applies(name, readForm()) ? faults.get(name) : undefined;
    if (fault === undefined) {
      known?.remove();
      element.removeAttribute('aria-invalid');
      describe(element, []);
      continue;
    }
    element.setAttribute('aria-invalid', 'true');
    describe(element, [id]);
    if (known) known.textContent = fault;
    else element.after(h('p', { class: 'error', id }, fault));
    const hidden = element.closest('details');
    if (hidden) hidden.open = true;
  }
}
