/** What the drawings say, read back from their markup. */
import { describe, expect, it } from 'vitest';
import { stackedBars } from './chart-bars.ts';
import { intervalChart } from './chart-interval.ts';
import { scatter } from './chart-scatter.ts';
import { waterfall } from './chart-waterfall.ts';
import { fillDefinitions, fillNames, fillOf } from './fills.ts';
import { axis, share } from './fluid.ts';
import { type Markup, render } from './markup.ts';

const named = { id: 'drawing', title: 'A drawing', description: 'What is to be seen.' };

/** Attributes of every element of a name, in order. */
function elements(markup: Markup, name: string): readonly ReadonlyMap<string, string>[] {
  return [...render(markup).matchAll(new RegExp(`<${name} ([^>]*)>`, 'g'))].map(
    ([, attributes = '']) =>
      new Map([...attributes.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, key = '', value = '']) => [key, value])),
  );
}

const percent = (element: ReadonlyMap<string, string> | undefined, key: string) =>
  Number((element?.get(key) ?? '').replace('%', ''));

describe('a scale', () => {
  it('goes from one end to the other, with round ticks, however little lies between', () => {
    const { at, ticks } = axis({ from: 0, to: 40 }, { ticks: 4 });
    expect([at(0), at(10), at(40)]).toEqual([0, 25, 100]);
    expect(ticks).toEqual([0, 10, 20, 30, 40]);
    expect(axis({ from: 5, to: 5 }).at(5)).toBe(0);
    expect(axis({ from: 0, to: 0 }).at(0)).toBe(0);
    expect([share(0), share(33.33333), share(100)]).toEqual(['0%', '33.33%', '100%']);
  });
});

describe('a waterfall', () => {
  it('has parts that begin where the one before ends, and end at the whole', () => {
    const parts = [2, 5, 3].map((ms, i) => ({
      label: `part ${i}`,
      ms,
      fill: 'network' as const,
      value: `${ms} ms`,
      more: 'network',
    }));
    const bars = elements(waterfall({ ...named, parts }), 'rect');
    expect(bars.map((bar) => [bar.get('x'), bar.get('width')])).toEqual([
      ['0%', '20%'],
      ['20%', '50%'],
      ['70%', '30%'],
    ]);
    expect(bars.every((bar) => bar.get('fill') === fillOf('network'))).toBe(true);
  });
});

describe('stacked bars', () => {
  it('stack their parts from the left and the reserve from the right, as shares of the capacity', () => {
    const bar = {
      label: 'all',
      value: '60',
      parts: [
        { fill: 'attention', value: 40, text: 'Attention weights: 40' },
        { fill: 'dense', value: 0, text: 'nothing' },
        { fill: 'cache', value: 20, text: 'KV cache: 20' },
      ],
      reserve: { value: 10, text: 'Reserve: 10' },
    } as const;
    const drawn = stackedBars({ ...named, capacity: 100, bars: [bar], ends: { left: '0', right: '100' } });
    const filled = elements(drawn, 'rect').filter((rect) => rect.has('fill'));
    expect(filled.map((rect) => [rect.get('fill'), rect.get('x'), rect.get('width')])).toEqual([
      [fillOf('reserve'), '90%', '10%'],
      [fillOf('attention'), '0%', '40%'],
      [fillOf('cache'), '40%', '20%'],
    ]);
    expect(render(drawn)).toContain('<title id="drawing-t">A drawing</title>');
    expect(render(drawn)).not.toContain('nothing');
  });
});

describe('an interval', () => {
  it('lies around its mean, and its bound where it is', () => {
    const drawn = intervalChart({ ...named, mean: 20, interval: [10, 40], bound: 30 });
    const [range] = elements(drawn, 'rect');
    const lines = elements(drawn, 'line');
    const place = (name: string) =>
      percent(
        lines.find((line) => line.get('class') === name),
        'x1',
      );
    expect(percent(range, 'x')).toBeCloseTo(place('mean') / 2, 1);
    expect(percent(range, 'x') + percent(range, 'width')).toBeCloseTo(2 * place('mean'), 1);
    expect(place('bound')).toBeCloseTo(1.5 * place('mean'), 1);
  });
});

describe('a scatter', () => {
  it('has more to the right and further up, the chosen one drawn last, and steps that leave out what lies apart', () => {
    const point = (x: number, y: number, more = {}) => ({
      x,
      y,
      shape: 'circle' as const,
      text: `${x} ${y}`,
      chosen: false,
      ...more,
    });
    const points = [
      point(10, 500),
      point(20, 5, { chosen: true, label: 'chosen', apart: true }),
      point(30, 100),
      point(60, 50),
    ];
    const drawn = scatter({
      ...named,
      points,
      x: { name: 'x' },
      y: { name: 'y', unit: 'GiB' },
      stairs: true,
    });
    const marks = elements(drawn, 'svg').filter((one) => one.get('class') === 'point');
    const titles = [...render(drawn).matchAll(/<title>([^<]*)/g)].map(([, text]) => text);
    expect(titles.at(-1)).toBe('20 5');
    const at = new Map(titles.map((title, i) => [title, marks[i]]));
    expect(percent(at.get('10 500'), 'x')).toBeLessThan(percent(at.get('30 100'), 'x'));
    expect(Number(at.get('10 500')?.get('y'))).toBeLessThan(Number(at.get('30 100')?.get('y')));
    expect(elements(drawn, 'line').filter((line) => line.get('class') === 'stair')).toHaveLength(4);
  });
});

describe('fills', () => {
  it('have a definition each', () => {
    const text = render(fillDefinitions());
    for (const name of fillNames) expect(text).toContain(`<pattern id="fill-${name}"`);
  });

  it('of one drawing differ in pattern where they share a colour', () => {
    const text = render(fillDefinitions());
    const drawnWith = new Map(
      [...text.matchAll(/<pattern id="fill-(\w+)"[^>]*>(.*?)<\/pattern>/g)].map(([, name = '', inside = '']) => [
        name,
        inside,
      ]),
    );
    const memory = [
      'attention',
      'dense',
      'expert',
      'shared',
      'embedding',
      'other',
      'cache',
      'activation',
      'message',
      'reserve',
    ];
    expect(new Set(memory.map((name) => drawnWith.get(name))).size).toBe(memory.length);
    const withoutColour = ['compute', 'memory', 'network', 'launch'].map((name) =>
      drawnWith.get(name)?.replace(/class="\w+"/, ''),
    );
    expect(new Set(withoutColour).size).toBe(4);
  });
});
