/** The cost of reading and writing XML is counted by characters, elements and attributes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Budget, BudgetSpent } from '@dhp/budget';
import { jsonToXml, xmlToJson } from '../src/index.ts';

const n = 200;
const xml = (content: string): string => `<Patient xmlns="http://hl7.org/fhir">${content}</Patient>`;
const json = (members: object): string => JSON.stringify({ resourceType: 'Patient', ...members });
const list = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));

const shapes: Record<string, (size: number, budget: Budget) => unknown> = {
  'elements that are read': (size, budget) =>
    xmlToJson(xml('<name><family value="a"/></name>'.repeat(size)), { budget }),
  'attributes that are read': (size, budget) =>
    xmlToJson(
      xml(list(size, (i) => `<extension url="urn:${i}" id="e${i}"><valueInteger value="1"/></extension>`).join('')),
      {
        budget,
      },
    ),
  'tags of a narrative that are read': (size, budget) =>
    xmlToJson(
      xml(
        `<text><status value="generated"/><div xmlns="http://www.w3.org/1999/xhtml">${'<p>a</p>'.repeat(size)}</div></text>`,
      ),
      { budget },
    ),
  'characters that are read': (size, budget) => xmlToJson(xml(`<id value="${'a'.repeat(100 * size)}"/>`), { budget }),
  'elements that are written': (size, budget) =>
    jsonToXml(json({ name: list(size, () => ({ family: 'a' })) }), { budget }),
  'values that are written': (size, budget) =>
    jsonToXml(json({ name: [{ given: list(size, () => 'a') }] }), { budget }),
  'characters that are written': (size, budget) => jsonToXml(json({ id: 'a'.repeat(100 * size) }), { budget }),
};

const workOf = (run: (size: number, budget: Budget) => unknown, size: number): number => {
  const budget = new Budget();
  run(size, budget);
  return budget.used.work;
};

for (const [name, run] of Object.entries(shapes)) {
  test(`${name} are paid for, each once`, () => {
    const [one, two, four] = [workOf(run, n), workOf(run, 2 * n), workOf(run, 4 * n)];
    assert.ok(one > n / 2, `${one} units for ${n}`);
    assert.ok(two > 1.8 * one && four > 3.5 * one && four < 4.5 * one, `${one}, ${two}, ${four}`);
    assert.throws(() => run(4 * n, new Budget({ work: one })), BudgetSpent);
  });
}

test('white space within a narrative is written in a time that grows with it alone', () => {
  const space = ' \t\r\n'.repeat(100_000);
  const div = `<div xmlns="http://www.w3.org/1999/xhtml">${space}a${space}</div>`;
  const began = performance.now();
  const written = jsonToXml(json({ text: { status: 'generated', div: ` \n\t${div}\r\n ` } }));
  assert.ok(performance.now() - began < 5_000);
  assert.ok(written.includes(`"generated"/><div xmlns="http://www.w3.org/1999/xhtml">`));
  assert.ok(written.includes('</div></text>'));
});
