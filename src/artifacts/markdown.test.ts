import { describe, expect, it } from 'vitest';
import { amount, bytes, duration, percent, plural, span, table } from './markdown.ts';

describe('figures', () => {
  it.each([
    [0, '0 B'],
    [512, '512 B'],
    [135_266_304, '129 MiB'],
    [64 * 2 ** 30, '64 GiB'],
    [-3.5 * 2 ** 30, '-3.5 GiB'],
    [2 ** 50, '1,024 TiB'],
  ])('%d bytes are %s', (value, text) => expect(bytes(value)).toBe(text));

  it.each([
    [12_345, '12.3 s'],
    [1.2345, '1.23 ms'],
    [0.05, '50 µs'],
    [0.00042, '420 ns'],
    [0, '0 ns'],
    [1.8e-12, '0 ns'],
  ])('%d ms are %s', (value, text) => expect(duration(value)).toBe(text));

  it.each([
    [27_900_000, '27.9 million'],
    [671_025_000_000, '671 billion'],
    [999, '999'],
  ])('%d is %s', (value, text) => expect(amount(value)).toBe(text));

  it('keeps three digits of a share however small', () => {
    expect(percent(0.0215)).toBe('0.0215 %');
    expect(percent(100)).toBe('100 %');
  });

  it('counts in words', () => {
    expect(plural(1, 'GPU')).toBe('1 GPU');
    expect(plural(4096, 'GPU')).toBe('4,096 GPUs');
    expect(span(3, 1)).toBe('3');
    expect(span(8, 8)).toBe('8–15');
  });
});

it('keeps a bar in a cell from ending it', () => {
  expect(table(['a', 'b'], [['x|y', 'z']])).toBe('| a | b |\n| --- | --- |\n| x\\|y | z |');
});
