/** Every input as a view or as a resource works, or is refused by name; nothing else results from it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomSource, type Random } from '../../../tests/random.ts';
import { isFull } from '../../../tests/sample.ts';
import { Budget, BudgetSpent } from '@dhp/budget';
import { checkView, compileView, InvalidView, RowFault, tableStatement, writeTable, type View } from '../src/index.ts';
import { definitionOf, randomView } from './views.ts';
import { randomResource } from './world.ts';

const odd: readonly unknown[] = [
  ...[
    null,
    true,
    false,
    0,
    -1,
    1.5,
    1e300,
    '',
    ' ',
    'id',
    '%x',
    '%rowIndex',
    '$this',
    '{}',
    '(',
    "'",
    '`',
    '@@',
    '1'.repeat(30),
  ],
  ...[
    'name.family',
    'getReferenceKey(1)',
    'getResourceKey(id)',
    '__proto__',
    'constructor',
    'repeat($this)',
    'now()',
    'resolve()',
    'Патиент',
  ],
  ...[
    'http://hl7.org/fhir/StructureDefinition/Patient',
    'http://hl7.org/fhirpath/System.String',
    'Patient.contact',
    'Resource',
    'string',
  ],
  ...[
    [],
    [[]],
    {},
    [null],
    [1],
    { path: 'id' },
    { name: 'x', path: 'id' },
    { column: [] },
    { unionAll: [{}] },
    { forEach: 'name' },
  ],
];

/** The same with one part of it replaced, left out or doubled. */
function mutilated(value: unknown, random: Random): unknown {
  if (typeof value !== 'object' || value === null || random.oneIn(6)) return random.pick(odd);
  if (Array.isArray(value)) {
    if (value.length === 0 || random.oneIn(4)) return [...(value as unknown[]), random.pick(odd)];
    if (random.oneIn(4)) return [...(value as unknown[]), value[0]];
    const at = random.below(value.length);
    return (value as unknown[]).map((item, n) => (n === at ? mutilated(item, random) : item));
  }
  const keys = Object.keys(value);
  const key = keys.length === 0 ? 'x' : random.pick(keys);
  const copy: Record<string, unknown> = { ...value };
  if (random.oneIn(6)) Reflect.deleteProperty(copy, key);
  else if (random.oneIn(8))
    copy[random.pick(['_' + key, key + 's', 'unionAll', 'repeat', 'forEach', 'tag', 'constant'])] = random.pick(odd);
  else copy[key] = mutilated(copy[key], random);
  return copy;
}

function compiled(definition: unknown): View | undefined {
  const errors = checkView(definition).filter(({ severity }) => severity === 'error');
  try {
    const view = compileView(definition);
    assert.deepEqual(errors, []);
    return view;
  } catch (error) {
    if (!(error instanceof InvalidView)) throw error;
    assert.deepEqual(error.issues, errors);
    for (const { place, text } of errors)
      assert.ok(place.startsWith('ViewDefinition') && text.length > 10, `${place} ${text}`);
    return undefined;
  }
}

test('mutilated views and resources are taken or refused', (t) => {
  const seen = { refused: 0, faulty: 0, rows: 0 };
  const rounds = isFull ? 50_000 : 2_000;
  for (let round = 0; round < rounds; round += 1) {
    const random = randomSource(26, round);
    let definition: unknown = definitionOf(randomView(random));
    let resource: unknown = randomResource(random);
    if (random.oneIn(3)) definition = mutilated(definition, random);
    for (let n = random.below(4); n > 0; n -= 1) resource = mutilated(resource, random);
    const given = JSON.stringify([definition, resource]);
    try {
      const view = compiled(definition);
      if (view === undefined) seen.refused += 1;
      else seen.rows += rowsOf(view, resource) ?? ((seen.faulty += 1), 0);
    } catch (error) {
      throw new Error(`round ${round}: ${given}`, { cause: error });
    }
    assert.equal(JSON.stringify([definition, resource]), given, 'they are only read');
  }
  t.diagnostic(JSON.stringify(seen));
  assert.ok(seen.refused > rounds / 10 && seen.faulty > rounds / 200 && seen.rows > rounds / 10, JSON.stringify(seen));
});

/** Undefined if the resource does not fit. */
function rowsOf(view: View, resource: unknown): number | undefined {
  try {
    const { text, rows } = writeTable(view, 'ndjson').rowsOf(resource, {
      work: new Budget({ work: 5_000_000 }),
      mostRows: 20_000,
    });
    for (const line of text.split('\n').slice(0, -1))
      assert.equal(Object.keys(JSON.parse(line) as object).length, view.columns.length);
    writeTable(view, 'csv').rowsOf(resource, { mostRows: 20_000 });
    if (view.columns.every(({ sqlType }) => /^[A-Z ]+$/.test(sqlType))) tableStatement(view, 'x');
    return rows;
  } catch (error) {
    if (error instanceof RowFault || error instanceof BudgetSpent) return undefined;
    throw error;
  }
}
