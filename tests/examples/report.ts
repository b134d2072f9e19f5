/** docs/reports/examples.md: what came back the same, by type, and what did not. The same run makes the same text. */
import { fileURLToPath } from 'node:url';
import { markdownTable } from '../markdown-table.ts';
import type { Result } from './round-trip.ts';

export const reportFile = fileURLToPath(new URL('../../docs/reports/examples.md', import.meta.url));

/** How many files had an outcome. */
export function count(results: readonly Result[], outcome: Result['outcome']): number {
  return results.filter((result) => result.outcome === outcome).length;
}

/** The report as Markdown. */
export function report(results: readonly Result[]): string {
  const types = Map.groupBy(results, ({ file }) => file.slice(0, file.indexOf('-')));
  const outcomes = ['passed', 'refused', 'failed', 'skipped'] as const;
  const rows = [...types].map(([type, ofType]) => [type, ...outcomes.map((outcome) => String(count(ofType, outcome)))]);
  const faults = Map.groupBy(
    results.filter(({ outcome }) => outcome === 'refused'),
    ({ reason }) => reason,
  );
  return `${[
    '# The published R5 examples, through HTTP and back',
    '',
    'Made by `npm run examples`, which starts a platform of its own, gets a token, puts every resource of the npm package',
    '`hl7.fhir.r5.examples` by its id and reads it back. What comes back must be what went in, token by token of the JSON',
    'text (`1.00` stays `1.00`), but for `meta.versionId` and `meta.lastUpdated`. Some examples break R5 themselves,',
    'or ask for what this server does not do: they are refused, and each refusal is one that was looked into.',
    '',
    `${results.length} files: ${count(results, 'passed')} passed, ${count(results, 'refused')} refused, ${count(results, 'failed')} failed, ${count(results, 'skipped')} skipped.`,
    '',
    '## Refused',
    '',
    ...[...faults].map(([reason, those]) => {
      const names = those.map(({ file }) => `\`${file}\``);
      return `- ${those.length}: ${reason}${those.length > 30 ? '' : ` (${names.join(', ')})`}`;
    }),
    '',
    '## Failed',
    '',
    ...listed(results, 'failed'),
    '',
    '## Skipped',
    '',
    ...listed(results, 'skipped'),
    '',
    '## By resource type',
    '',
    markdownTable(['Type', 'Passed', 'Refused', 'Failed', 'Skipped'], rows, [1, 2, 3, 4]),
  ].join('\n')}\n`;
}

function listed(results: readonly Result[], outcome: Result['outcome']): string[] {
  const lines = results
    .filter((result) => result.outcome === outcome)
    .map(({ file, reason }) => `- \`${file}\`: ${reason}`);
  return lines.length > 0 ? lines : ['None.'];
}
