import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, it } from 'node:test';
import type { UnitAsked } from '../src/condition/condition.ts';
import { type Condition, type Interval, quantityConditions } from '../src/index.ts';
import { seedOf } from '../src/keys.ts';
import { indexRow } from '../src/rows.ts';

const ucum = 'http://unitsofmeasure.org';
const seed = seedOf('Observation', 'value-quantity');

/** Observations as they are indexed, by a name. */
type Stored = Readonly<
  Record<string, { value: number; system?: string; code?: string; unit?: string; comparator?: string }>
>;

/** The names of those that a search for a quantity finds. */
function found(stored: Stored, interval: Interval, unit?: UnitAsked): string[] {
  const rows = Object.entries(stored).map(([name, valueQuantity]) => ({
    name,
    row: indexRow({ resourceType: 'Observation', valueQuantity }),
  }));
  const units = rows.flatMap(({ row }) => row.words.filter(({ parameter }) => parameter === seed));
  const asked = { op: 'quantity', seed, interval, ...(unit !== undefined && { unit }) } as const;
  const condition = quantityConditions(asked, units);
  return rows.filter(({ row }) => condition.of.some((one) => matches(row.numbers, one))).map(({ name }) => name);
}

function matches(numbers: readonly { key: bigint; low: number; high: number }[], condition: Condition): boolean {
  assert.ok(condition.op === 'number');
  const { key, interval } = condition;
  const within = (value: number, { gt, ge, lt, le }: NonNullable<Interval['low']> = {}) =>
    (gt === undefined || value > gt) &&
    (ge === undefined || value >= ge) &&
    (lt === undefined || value < lt) &&
    (le === undefined || value <= le);
  return numbers.some((row) => row.key === key && within(row.low, interval.low) && within(row.high, interval.high));
}

/** Returns the interval of `value` by its significant digits, as a search would. */
const about = (value: number, half: number): Interval => ({ low: { ge: value - half }, high: { lt: value + half } });

const of = (value: number, code: string, unit?: string) => ({
  value,
  system: ucum,
  code,
  ...(unit !== undefined && { unit }),
});

describe('quantityConditions', () => {
  it('is made without loading the units', () => {
    // In a separate process: in this one, another test file may have loaded the units.
    const at = (file: string) => JSON.stringify(new URL(`../src/${file}`, import.meta.url).href);
    const lists = `console.log(Object.keys((await import('node:module')).createRequire('file:///').cache).join('\\n'))`;
    const loadedBy = (...lines: string[]) => {
      const source = [...lines, lists].join(';\n');
      return execFileSync(process.execPath, ['--input-type=module', '--eval', source], { encoding: 'utf8' });
    };
    const load = [
      `const { quantityConditions } = await import(${at('index.ts')})`,
      `const { seedOf } = await import(${at('keys.ts')})`,
    ];
    const unit = JSON.stringify({ system: ucum, code: 'g' });
    const text = JSON.stringify(JSON.stringify([ucum, 'mg', '']));
    const use = `quantityConditions({ seed: seedOf('Observation', 'value-quantity'), interval: {}, unit: ${unit} }, [{ text: ${text} }])`;
    assert.doesNotMatch(loadedBy(...load), /ucum-lhc/);
    assert.match(loadedBy(...load, use), /ucum-lhc/);
  });

  const weights = {
    g: of(5.4, 'g'),
    mg: of(5400, 'mg'),
    kg: of(0.0054, 'kg'),
    more: of(5.6, 'g'),
    litre: of(5.4, 'L'),
  };

  it('converts between units of one dimension', () => {
    assert.deepEqual(found(weights, about(5.4, 0.05), { system: ucum, code: 'g' }), ['g', 'mg', 'kg']);
    assert.deepEqual(found(weights, about(5400, 0.5), { system: ucum, code: 'mg' }), ['g', 'mg', 'kg']);
    assert.deepEqual(found(weights, { high: { gt: 5500 } }, { system: ucum, code: 'mg' }), ['more']);
  });

  it('keeps limits where they were meant, in spite of binary fractions', () => {
    const stored = { low: of(0.1, 'kg'), high: of(0.3, 'kg') };
    assert.deepEqual(found(stored, { low: { ge: 100 }, high: { le: 300 } }, { system: ucum, code: 'g' }), [
      'low',
      'high',
    ]);
    assert.deepEqual(found(stored, { low: { gt: 100 }, high: { lt: 300 } }, { system: ucum, code: 'g' }), []);
  });

  it('converts special units', () => {
    const stored = { fever: of(102.2, '[degF]'), none: of(98.6, '[degF]'), kelvin: of(312.15, 'K') };
    assert.deepEqual(found(stored, about(39, 0.05), { system: ucum, code: 'Cel' }), ['fever', 'kelvin']);
  });

  it('converts pressures, rates with annotations and powers of ten', () => {
    assert.deepEqual(found({ a: of(15.99864, 'kPa') }, about(120, 0.5), { system: ucum, code: 'mm[Hg]' }), ['a']);
    assert.deepEqual(found({ a: of(7, '{cells}/uL') }, about(7, 0.5), { system: ucum, code: '/uL' }), ['a']);
    assert.deepEqual(found({ a: of(7.2, '10*9/L') }, about(7.2, 0.05), { system: ucum, code: '10*3/uL' }), ['a']);
  });

  it('converts arbitrary units among themselves only', () => {
    const stored = { micro: of(2.5, 'u[iU]/mL'), other: of(2.5, "[arb'U]/L"), mass: of(2.5, 'mg/L') };
    assert.deepEqual(found(stored, about(2.5, 0.05), { system: ucum, code: 'm[IU]/L' }), ['micro']);
  });

  it('does not convert between mass and amount of substance', () => {
    assert.deepEqual(found({ a: of(90, 'mg/dL') }, about(5, 0.5), { system: ucum, code: 'mmol/L' }), []);
  });

  it('compares codes that are unknown, of another system or names for units as they are', () => {
    const stored = {
      odd: of(1, 'zork'),
      other: { value: 1, system: 'http://a.org', code: 'g' },
      name: of(1, 'gram'),
      g: of(1, 'g'),
    };
    assert.deepEqual(found(stored, about(1, 0.5), { system: ucum, code: 'zork' }), ['odd']);
    assert.deepEqual(found(stored, about(1, 0.5), { system: 'http://a.org', code: 'g' }), ['other']);
    assert.deepEqual(found(stored, about(1, 0.5), { system: ucum, code: 'g' }), ['g']);
    assert.deepEqual(found(stored, about(1, 0.5), { system: ucum, code: 'gram' }), ['name']);
  });

  it('without a system takes the code or the unit in words, unconverted', () => {
    const stored = {
      code: of(1, 'mg', 'milligram'),
      words: { value: 1, unit: 'mg' },
      gram: of(0.001, 'g'),
      none: { value: 1 },
    };
    assert.deepEqual(found(stored, about(1, 0.5), { code: 'mg' }), ['code', 'words']);
    assert.deepEqual(found(stored, about(1, 0.5), { code: 'milligram' }), ['code']);
  });

  it('without a unit takes every one', () => {
    const stored = { mg: of(1, 'mg'), g: of(1, 'g'), none: { value: 1 }, more: of(2, 'g') };
    assert.deepEqual(found(stored, about(1, 0.5)), ['mg', 'g', 'none']);
  });

  it('converts open ranges', () => {
    const stored = { above: { ...of(1, 'g'), comparator: '>' }, below: { ...of(1, 'g'), comparator: '<' } };
    assert.deepEqual(found(stored, { high: { gt: 5000 } }, { system: ucum, code: 'mg' }), ['above']);
    assert.deepEqual(found(stored, { low: { lt: 500 } }, { system: ucum, code: 'mg' }), ['below']);
  });

  it('of a limit that a unit has no equivalent for finds nothing', () => {
    assert.deepEqual(found({ a: of(3, 'B') }, { high: { gt: -1 } }, { system: ucum, code: '1' }), []);
  });
});
