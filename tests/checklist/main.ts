/** `npm run checklist`: runs every row and writes docs/reports/oauth-checklist.md; `npm run checklist -- ID…` runs those alone. */
import { writeFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { report, reportFile } from './report.ts';
import { outcomeOf, type Outcome } from './row.ts';
import { sections } from './sections.ts';
import { openWorld } from './world.ts';

const wanted = process.argv.slice(2);
const world = await openWorld();
const outcomes: Outcome[] = [];
try {
  for (const section of sections) {
    for (const row of section.rows)
      if (wanted.length === 0 || wanted.includes(row.id)) outcomes.push(await outcomeOf(section, row, world));
  }
} finally {
  await world.close();
}
if (wanted.length === 0) await writeFile(reportFile, report(outcomes));
const failed = outcomes.filter(({ result }) => result === 'failed');
for (const { row, error } of failed) {
  console.log(`failed: ${row.id}: ${error instanceof Error ? error.message : String(error)}`);
}
if (wanted.length > 0) console.log(world.log.join(''));
console.log(`checklist: ${outcomes.length - failed.length} of ${outcomes.length} (${relative('.', reportFile)})`);
process.exitCode = failed.length === 0 ? 0 : 1;
