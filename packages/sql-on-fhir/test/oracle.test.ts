/** Random views over random resources: the package makes the rows of the algorithm in the specification, and refuses the same. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomSource } from '../../../tests/random.ts';
import { inTurn, isFull } from '../../../tests/sample.ts';
import { compileView, InvalidView, RowFault, writeTable } from '../src/index.ts';
import { oracleRows, Refused, TooMany } from './oracle.ts';
import { definitionOf, randomView, type TreeView } from './views.ts';
import { randomResource } from './world.ts';

type Result = { readonly rows: readonly object[] } | 'refused';

function ours(definition: unknown, resources: readonly unknown[]): Result {
  try {
    const view = compileView(definition);
    const rows = resources.flatMap((resource) => view.rows(resource));
    for (const row of rows)
      assert.deepEqual(
        Object.keys(row),
        view.columns.map(({ name }) => name),
      );
    // The text that is written is that of the rows.
    const writer = writeTable(view, 'ndjson');
    const text = resources.map((resource) => writer.rowsOf(resource).text).join('');
    assert.equal(text, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    return { rows };
  } catch (error) {
    if (error instanceof InvalidView || error instanceof RowFault) return 'refused';
    throw error;
  }
}

function theirs(view: TreeView, resources: readonly Readonly<Record<string, unknown>>[]): Result | undefined {
  try {
    return { rows: oracleRows(view, resources) };
  } catch (error) {
    if (error instanceof TooMany) return undefined;
    if (error instanceof Refused) return 'refused';
    throw error;
  }
}

test('random views have the rows of the algorithm', (t) => {
  const seen = { rows: 0, refused: 0, views: 0 };
  const rounds = isFull ? 40_000 : 500;
  const [from = 0] = isFull ? [0] : inTurn([0, 500, 1_000], 3);
  for (let round = from; round < from + rounds; round += 1) {
    const random = randomSource(25, round);
    const view = randomView(random);
    const resources = Array.from({ length: 6 }, () => randomResource(random));
    const definition = definitionOf(view);
    const expected = theirs(view, resources);
    if (expected === undefined) continue;
    const actual = ours(definition, resources);
    assert.deepEqual(
      actual,
      expected,
      `round ${round}: ${JSON.stringify(definition)}\nover ${JSON.stringify(resources)}`,
    );
    seen.views += 1;
    if (expected === 'refused') seen.refused += 1;
    else seen.rows += expected.rows.length;
  }
  t.diagnostic(JSON.stringify(seen));
  assert.ok(
    seen.rows > (10 * rounds) / 4 && seen.refused > rounds / 50 && seen.refused < rounds / 2,
    JSON.stringify(seen),
  );
});
