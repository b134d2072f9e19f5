import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { type Column, columnLists, searchRow, searchRowValues, sentColumns } from '../src/index.ts';
import { indexRow } from '../src/rows.ts';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

describe('the columns of the search row', () => {
  it('are in every list once they are declared, in the same order', () => {
    const added: Column = {
      ...{ column: 'size', type: 'int', holds: 'how large it is', from: 'resource', encoding: 'number' },
      ofContained: true,
      of: () => 7,
    };
    const before = columnLists(searchRow);
    const after = columnLists({ ...searchRow, size: added });
    assert.equal(after.sent, `${before.sent}, size`);
    assert.equal(after.carried, `${before.carried}, size`);
    assert.equal(after.written, `${before.written}, size`);
    assert.equal(after.ofContained, `${before.ofContained}, size`);
    assert.equal(after.writtenOf('s'), `${before.writtenOf('s')}, s.size`);
    assert.equal(after.ofContainedOf('c'), `${before.ofContainedOf('c')}, c.size`);
    assert.equal(after.assigned('c'), `${before.assigned('c')}, size = c.size`);
    assert.equal(
      after.assignedOfContained('excluded'),
      `${before.assignedOfContained('excluded')}, size = excluded.size`,
    );
    assert.equal(Object.keys(after).length, 8, 'a list that is new is to be compared here');
  });

  it('are written under names of which each stands once', () => {
    for (const list of [columnLists(searchRow).written, columnLists(searchRow).sent]) {
      const names = list.split(', ');
      assert.deepEqual([...new Set(names)], names);
    }
  });

  it('that are sent have a value of each resource', () => {
    const row = indexRow({ resourceType: 'Patient', id: 'a', name: [{ family: 'Karimova', given: ['Aziza'] }] });
    const values = searchRowValues(row, 'Patient', 'a', 3);
    assert.deepEqual(Object.keys(values), ['generation', ...sentColumns(searchRow).map(([name]) => name)]);
    assert.equal(values.generation, 3);
    assert.equal(values.patientHash, values.ownHash, 'a Patient is in its own compartment');
    assert.equal(values.numberKeys, '');
    assert.match(values.strings, /karimova/);
  });

  it('stand in README.md, with what each is filled by', () => {
    const rows = [...readme.matchAll(/^\| `(\w+)` *\| `(\w+)` *\| `([^`]+)` *\| (.*?) *\| (.*?) *\|$/gm)].map((match) =>
      match.slice(1),
    );
    const origins = {
      identity: 'the row of the resource',
      definition: 'the program',
      count: '`postedSystems`',
      retired: 'earlier versions',
    };
    const expected = Object.entries<Column>(searchRow).map(([name, { column, type, from, filledBy, holds }]) => [
      ...[name, column, type],
      from === 'resource' ? (filledBy?.join(', ') ?? 'every resource') : origins[from],
      holds,
    ]);
    assert.deepEqual(rows, expected);
  });
});

it('the example of README.md prints what it promises', () => {
  const file = new URL('example.ts', import.meta.url);
  const program = readFileSync(file, 'utf8');
  assert.ok(readme.includes(`\`\`\`ts\n${program}\`\`\``), 'README.md has the program of example.ts');
  const promised = [...program.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm)].map((match) => match[1]);
  const printed = execFileSync(process.execPath, [file.pathname], { encoding: 'utf8' }).trim().split('\n');
  assert.deepEqual(printed, promised);
});
