/** The national library of views: each view is valid, and produces a table from the population of the playground. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { checkView, compileView } from '@dhp/sql-on-fhir';
import { nationalViews } from '@dhp/sql-on-fhir/library';
import { population } from '@dhp/synthetic-population';

const now = new Date('2026-11-01T10:00:00Z');
/** Hardly anybody of so few has died. */
const dead = {
  ...{ resourceType: 'Patient', id: '00000000-0000-4000-8000-000000000001', gender: 'male' },
  ...{ birthDate: '1950-03-01', deceasedDateTime: '2025-02-01T10:00:00+05:00' },
};
const byType = Map.groupBy(
  [dead, ...population({ patients: 40, seed: 3, today: '2026-11-01' })] as { resourceType: string }[],
  ({ resourceType }) => resourceType,
);

type Row = Readonly<Record<string, unknown>>;

function rowsOf(id: string): Row[] {
  const { definition } = nationalViews.find((view) => view.id === id)!;
  const view = compileView(definition);
  return (byType.get(definition.resource) ?? []).flatMap((resource) => [...view.rows(resource, { now })] as Row[]);
}

describe('the national library', () => {
  test('has twenty views, each with a name and a canonical of its own', () => {
    assert.equal(nationalViews.length, 20);
    for (const name of ['url', 'name', 'title'] as const)
      assert.equal(new Set(nationalViews.map(({ definition }) => definition[name])).size, 20, name);
  });

  for (const { id, definition, tally } of nationalViews)
    test(`${id}: no fault, no doubt, and rows whose columns the chart can count`, () => {
      assert.deepEqual(checkView(definition), []);
      const rows = rowsOf(id);
      assert.ok(rows.length > 0, 'the population has some');
      const columns = compileView(definition).columns.map(({ name }) => name);
      for (const column of [tally.by, tally.parts, tally.patient, tally.median?.from, tally.median?.to])
        assert.ok(column === undefined || columns.includes(column), column);
      assert.ok(
        rows.some((row) => typeof row[tally.by] === 'string'),
        `${tally.by} has values`,
      );
      if (tally.parts !== undefined) assert.ok(rows.some((row) => typeof row[tally.parts!] === 'string'));
      if (tally.patient !== undefined)
        for (const row of rows) assert.match(String(row[tally.patient]), /^[\da-f-]{36}$/, 'whose it is');
    });

  test('ages are whole years, by the day', () => {
    const { definition } = nationalViews[0]!;
    const of = (birthDate: string): unknown[] => {
      const [row] = compileView(definition).rows({ resourceType: 'Patient', id: 'p', birthDate }, { now }) as Row[];
      return [row?.['age'], row?.['age_group']];
    };
    assert.deepEqual(of('2021-11-01'), [5, '5–14']);
    assert.deepEqual(of('2021-11-02'), [4, '0–4']);
    assert.deepEqual(of('2026-11-01'), [0, '0–4']);
    assert.deepEqual(of('1951-11-01'), [75, '75+']);
    assert.deepEqual(of('1951'), [75, '75+']);
    assert.deepEqual(of('1951-12'), [75, '75+']);
  });

  const columnOf = (column: string, code: string): unknown => {
    const { definition } = nationalViews.find(({ id }) => id === 'diagnoses-by-icd-chapter')!;
    const coding = [{ system: 'http://hl7.org/fhir/sid/icd-10', code }];
    const condition = { resourceType: 'Condition', id: 'c', code: { coding } };
    return ([...compileView(definition).rows(condition, { now })] as Row[])[0]?.[column];
  };

  test('codes of ICD-10 are in their block, and in none between two', () => {
    const known = {
      ...{ 'A00.9': 'A00-A09', A09: 'A00-A09', A10: null, 'A15.0': 'A15-A19', B99: 'B99-B99', 'C50.1': 'C50-C50' },
      ...{ 'E11.9': 'E10-E14', 'F32.1': 'F30-F39', I10: 'I10-I15', 'I21.0': 'I20-I25', I64: 'I60-I69', J18: 'J09-J18' },
      ...{ J45: 'J40-J47', 'O80.0': 'O80-O84', R50: 'R50-R69', T98: 'T90-T98', T99: null, 'U07.1': 'U00-U49' },
      ...{
        V01: 'V01-X59',
        W19: 'V01-X59',
        X59: 'V01-X59',
        X60: 'X60-X84',
        Y98: 'Y90-Y98',
        Z00: 'Z00-Z13',
        Z99: 'Z80-Z99',
      },
    };
    assert.deepEqual(Object.fromEntries(Object.keys(known).map((code) => [code, columnOf('block', code)])), known);
  });

  test('codes of ICD-10 are in their chapter', () => {
    const chapterOf = (code: string): unknown => columnOf('chapter', code);
    const known = {
      ...{
        'A00.9': 'I',
        B99: 'I',
        C00: 'II',
        'D48.9': 'II',
        'D50.0': 'III',
        D89: 'III',
        E90: 'IV',
        'F32.1': 'V',
        G99: 'VI',
      },
      ...{
        H59: 'VII',
        H60: 'VIII',
        H95: 'VIII',
        I10: 'IX',
        J18: 'X',
        'K29.7': 'XI',
        L20: 'XII',
        M54: 'XIII',
        N10: 'XIV',
      },
      ...{
        'O80.0': 'XV',
        P07: 'XVI',
        Q90: 'XVII',
        R50: 'XVIII',
        S00: 'XIX',
        T98: 'XIX',
        U07: 'XXII',
        V01: 'XX',
        Y98: 'XX',
        Z00: 'XXI',
      },
    };
    assert.deepEqual(Object.fromEntries(Object.keys(known).map((code) => [code, chapterOf(code)])), known);
  });
});
