import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compilePattern } from './safe-pattern.ts';
import { compileSkipList } from './skip-list.ts';

const matches = (pattern: string, text: string): boolean | undefined =>
  compilePattern(pattern)?.(text, { steps: 1_000_000 });

describe('compilePattern', () => {
  it('matches from the start, as re.match does', () => {
    expect(matches('.*self_attn.*', 'model.layers.3.self_attn.q_proj')).toBe(true);
    expect(matches('self_attn', 'model.layers.3.self_attn.q_proj')).toBe(false);
    expect(matches('.*mlp\\.(gate|up|gate_up|down)_proj.*', 'model.layers.0.mlp.gate_up_proj')).toBe(true);
    expect(matches('.*mlp\\.(gate|up|gate_up|down)_proj.*', 'model.layers.0.mlp.experts.3.gate_proj')).toBe(false);
    expect(matches('model\\.layers\\.[0-2]\\.', 'model.layers.1.x')).toBe(true);
    expect(matches('model\\.layers\\.\\d+$', 'model.layers.12')).toBe(true);
    expect(matches('model\\.layers\\.\\d+$', 'model.layers.12.mlp')).toBe(false);
  });

  it('refuses what it would get wrong', () => {
    for (const pattern of ['(?!a).*', 'a{3}', '\\bx', '(a', 'a)', '[a', '*a', 'a'.repeat(501)]) {
      expect(compilePattern(pattern), pattern).toBeUndefined();
    }
  });

  it('agrees with the engine on patterns of the subset', () => {
    const atom = fc.constantFrom('a', 'b', '.', '[ab]', '[^a]', '\\.', '(a|b)', '(?:ab)', '(a|)');
    const pattern = fc
      .array(fc.tuple(atom, fc.constantFrom('', '*', '+', '?', '*?')), { maxLength: 6 })
      .map((parts) => parts.map((part) => part.join('')).join(''));
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '.'), maxLength: 10 });
    fc.assert(
      fc.property(pattern, fc.boolean(), text, (source, anchored, subject) => {
        const whole = anchored ? `${source}$` : source;
        expect(matches(whole, subject)).toBe(new RegExp(`^(?:${whole})`).test(subject));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('compileSkipList', () => {
  const on = (entry: string, module: string): boolean => compileSkipList([entry]).matches(module);

  it('finds a module by any part of its path, and by whole segments only', () => {
    expect(on('model.layers.0.self_attn', 'layers.0.self_attn.q_proj')).toBe(true);
    expect(on('model.layers.1', 'layers.10.self_attn.q_proj')).toBe(false);
    expect(on('gate', 'layers.0.mlp.gate')).toBe(true);
    expect(on('gate', 'layers.0.mlp.gate_proj')).toBe(false);
    expect(on('language_model.model.layers.2.mlp', 'layers.2.mlp.up_proj')).toBe(true);
  });

  it('reads stars as anything', () => {
    expect(on('model.layers.*.self_attn', 'layers.7.self_attn.o_proj')).toBe(true);
    expect(on('model.layers.21.self_attn*', 'layers.21.self_attn.kv_b_proj')).toBe(true);
    expect(on('model.layers.2.self_attn*', 'layers.21.self_attn.kv_b_proj')).toBe(false);
    expect(on('*shared_experts*', 'layers.4.mlp.shared_experts.up_proj')).toBe(true);
    expect(on('*.mlp.gate', 'layers.4.mlp.gate_proj')).toBe(false);
    expect(on('mlp.*_proj', 'layers.4.mlp.gate_proj')).toBe(true);
  });
});
