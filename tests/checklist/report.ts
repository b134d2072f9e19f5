/** docs/reports/oauth-checklist.md: every row with its outcome. The same run makes the same text. */
import { fileURLToPath } from 'node:url';
import { markdownTable } from '../markdown-table.ts';
import { notYetRun } from './sections.ts';
import type { Level, Outcome } from './row.ts';

export const reportFile = fileURLToPath(new URL('../../docs/reports/oauth-checklist.md', import.meta.url));

const levels: Record<Level, string> = { M: 'MUST', S: 'SHOULD', P: 'policy' };
const results = ['passed', 'failed', 'not applicable'] as const;

export function report(outcomes: readonly Outcome[]): string {
  const count = (level: Level | undefined, result: Outcome['result']): number =>
    outcomes.filter((one) => one.result === result && (level === undefined || one.row.level === level)).length;
  const totals = [...(['M', 'S', 'P'] as const), undefined].map((level) => [
    level === undefined ? 'all' : levels[level],
    ...results.map((result) => String(count(level, result))),
  ]);
  const sections = [...Map.groupBy(outcomes, ({ section }) => section)].flatMap(([{ letter, title }, rows]) => [
    `## ${letter}. ${title}`,
    '',
    markdownTable(
      ['Row', 'Level', 'Outcome', 'What must come back'],
      rows.map(({ row, result }) => [row.id, levels[row.level], result, sentenceOf(row)]),
    ),
    '',
  ]);
  return [
    '# The protocols of sign-in, row by row',
    '',
    'Made by `npm run checklist`, which starts an SSO and two FHIR servers, a playground and production, and talks to them over',
    'HTTP as clients, people and resource servers do. A row is one exchange, or a short sequence, and what must come back. A test',
    'runs all of it again and compares it with this page.',
    '',
    markdownTable(['Level', ...results], totals, [1, 2, 3]),
    '',
    ...sections,
    ...(notYetRun.length === 0 ? [] : ['## Not run yet', '', `${notYetRun.join(', ')}.`, '']),
  ].join('\n');
}

function sentenceOf({ says, notApplicable }: Outcome['row']): string {
  return notApplicable === undefined ? says : `${says}. Not applicable: ${notApplicable}`;
}
