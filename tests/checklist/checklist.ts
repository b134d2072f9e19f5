/** Runs every row and writes docs/reports/oauth-checklist.md, or runs the rows that are named and writes nothing. */
import { writeFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { refuse } from '../../scripts/arguments.ts';
import { command, wanted } from './arguments.ts';
import { report, reportFile } from './report.ts';
import { outcomeOf, type Outcome } from './row.ts';
import { sections } from './sections.ts';
import { openWorld } from './world.ts';

const known = new Set(sections.flatMap(({ rows }) => rows.map(({ id }) => id)));
const unknown = wanted.filter((id) => !known.has(id));
if (unknown.length > 0)
  refuse(command, `There is no row ${unknown.join(', ')}; docs/reports/oauth-checklist.md lists the rows.`);

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
const written = wanted.length === 0 ? ` (${relative('.', reportFile)})` : '';
console.log(`checklist: ${outcomes.length - failed.length} of ${outcomes.length}${written}`);
process.exitCode = failed.length === 0 ? 0 : 1;
