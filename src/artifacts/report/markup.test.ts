import { describe, expect, it } from 'vitest';
import { html, render, verbatim } from './markup.ts';

describe('markup', () => {
  it('escapes what is interpolated, as text and in attributes, and nothing twice', () => {
    const name = `<script>alert("&'")</script>`;
    const inner = html`<b title="${name}">${name}</b>`;
    const inert = '&lt;script&gt;alert(&quot;&amp;&#39;&quot;)&lt;/script&gt;';
    expect(render(html`<p>${inner}</p>`)).toBe(`<p><b title="${inert}">${inert}</b></p>`);
  });

  it('writes lists one after another, numbers as they are, and nothing for what is absent', () => {
    expect(render(html`${[1, 'a<', html`<i></i>`]}|${false}|${undefined}|${0}`)).toBe('1a&lt;<i></i>|||0');
  });

  it('leaves out control characters but keeps every letter', () => {
    expect(render(html`${'a\u0000\u0007b\u009fc\u0301\u{1f600}\n'}`)).toBe('abc\u0301\u{1f600}\n');
  });

  it('takes own markup as it is', () => {
    expect(render(html`${verbatim('a>b')}`)).toBe('a>b');
  });
});
