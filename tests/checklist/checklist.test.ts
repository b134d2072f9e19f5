/** Every row of the checklist, and the page that reports it. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { after, describe, it } from 'node:test';
import { report, reportFile } from './report.ts';
import { outcomeOf, type Outcome } from './row.ts';
import { notYetRun, sections } from './sections.ts';
import { openWorld } from './world.ts';

const world = await openWorld();
after(() => world.close());
const outcomes: Outcome[] = [];

for (const section of sections) {
  describe(`${section.letter}. ${section.title}`, () => {
    for (const row of section.rows) {
      const skip = row.notApplicable ?? false;
      it(`${row.id} ${row.says}`, { skip }, async () => {
        const outcome = await outcomeOf(section, row, world);
        outcomes.push(outcome);
        if (outcome.result === 'failed') throw outcome.error;
      });
      if (row.run === undefined) outcomes.push({ section, row, result: 'not applicable' });
    }
  });
}

describe('the report', () => {
  it('says what this run found (npm run checklist writes it)', async () => {
    const order = sections.flatMap(({ rows }) => rows);
    const sorted = outcomes.toSorted((a, b) => order.indexOf(a.row) - order.indexOf(b.row));
    assert.equal(await readFile(reportFile, 'utf8'), report(sorted));
  });

  const list = new URL('../../../shared/design/oauth-checklist.md', import.meta.url);
  const skip = existsSync(list) ? false : 'there is no ../shared/design/oauth-checklist.md beside the repository';
  it('has every row of the list', { skip }, async () => {
    const text = await readFile(list, 'utf8');
    const wanted = [...text.matchAll(/^\| ([A-Z]+-\d+) \|/gm)].map(([, id]) => id!);
    const have = sections.flatMap(({ rows }) => rows.map(({ id }) => id));
    assert.deepEqual([...have, ...notYetRun].sort(), [...wanted].sort());
  });
});
