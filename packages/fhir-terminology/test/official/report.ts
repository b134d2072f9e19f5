// Writes report.md beside this file: how every official case went. `node test/official/report.ts`
import { writeFileSync } from 'node:fs';
import { builtIn } from '../built-in.ts';
import { casesArePresent, officialMatcher, readSuites } from './cases.ts';
import { runSuite, type Outcome } from './run.ts';

export const reportFile = new URL('report.md', import.meta.url);

/** The reason why a case cannot pass: it contradicts others, or the code system of its own suite. */
const contradictions: Readonly<Record<string, string>> = {
  'errors/unknown-system2': 'wants the name of a code system without quotation marks, where others want them',
  'overload/expand-all-merged': 'wants the display that version 1.0.0 has for a code of version 2.0.0',
  'overload/expand-exclude-versioned': 'wants the display that version 1.0.0 has for a code of version 2.0.0',
};

export async function runAll(): Promise<Outcome[]> {
  const matches = await officialMatcher();
  return readSuites().flatMap((suite) => runSuite(suite, builtIn, matches));
}

export function reportOf(outcomes: readonly Outcome[]): string {
  const count = (result: Outcome['result']): number => outcomes.filter((one) => one.result === result).length;
  const lines = outcomes.map(({ suite, name, result, reason }) => {
    const why = contradictions[`${suite}/${name}`] ?? reason;
    return `- ${result} ${suite}/${name}${result === 'passed' || why === undefined ? '' : `: ${why}`}`;
  });
  return [
    '# The official terminology cases',
    '',
    "HL7's cases that the neighbouring folder holds, run on this package. `node test/official/report.ts` writes this page; a test",
    'compares it with what the cases give now.',
    '',
    `passed: ${count('passed')}, failed: ${count('failed')}, skipped: ${count('skipped')}`,
    '',
    ...lines,
    '',
  ].join('\n');
}

if (import.meta.main) {
  if (casesArePresent) writeFileSync(reportFile, reportOf(await runAll()));
  else process.stderr.write('The official cases are not here (../shared/cases/terminology beside the repository)\n');
}
