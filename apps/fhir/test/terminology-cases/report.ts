// Writes docs/reports/terminology-cases.md: how every official case went over HTTP. `node apps/fhir/test/terminology-cases/report.ts`
import { writeFileSync } from 'node:fs';
import { startServer } from '../environment.ts';
import { casesArePresent, officialMatcher, readSuites } from './cases.ts';
import { runOwnCases, type OwnOutcome } from './own/run.ts';
import { runSuites, type Outcome } from './run.ts';

export const reportFile = new URL('../../../../docs/reports/terminology-cases.md', import.meta.url);

/** Why a case cannot pass: it contradicts others, or the code system of its own suite. What it got is beside. */
const contradictions: Readonly<Record<string, string>> = {
  'errors/unknown-system2': 'wants the name of a code system without quotation marks, where others want them',
  'overload/expand-all-merged': 'wants the display that version 1.0.0 has for a code of version 2.0.0',
  'overload/expand-exclude-versioned': 'wants the display that version 1.0.0 has for a code of version 2.0.0',
};

interface Outcomes {
  readonly stored: readonly Outcome[];
  readonly brought: readonly Outcome[];
  readonly own: readonly OwnOutcome[];
}

/** Runs all cases, the official ones in both ways, on a server of their own. */
export async function runAll(): Promise<Outcomes> {
  const server = await startServer({ bodyLimit: 16 * 1024 * 1024 });
  try {
    const [suites, matches] = [readSuites(), await officialMatcher()];
    const brought = await runSuites(server, suites, 'tx-resource', matches);
    return { brought, stored: await runSuites(server, suites, 'stored', matches), own: await runOwnCases(server) };
  } finally {
    await server.close();
  }
}

export function reportOf({ stored, brought, own }: Outcomes): string {
  const passed = (outcomes: readonly Outcome[]): number => outcomes.filter((one) => one.passed).length;
  const lines = stored.map((one, n) => {
    const other = brought[n]!;
    const result = one.passed && other.passed ? 'passed' : one.passed || other.passed ? 'passed in one way' : 'failed';
    const found = one.reason ?? other.reason;
    const reason = found && (contradictions[`${one.suite}/${one.name}`] ?? found);
    return `- ${result} ${one.suite}/${one.name}${reason === undefined ? '' : `: ${reason}`}`;
  });
  return [
    '# The official terminology cases over HTTP',
    '',
    "HL7's cases that the neighbouring folder holds, put to a running server in two ways: the resources of a suite are stored, or",
    'come with each request as `tx-resource`. `node apps/fhir/test/terminology-cases/report.ts` writes this page; a test compares',
    'it with what the cases give now.',
    '',
    'Many cases show `location` beside `expression` in issues; none needs it, and others forbid it, since R5 deprecates it.',
    'This server writes `expression` alone. The runner of HL7 and all of its suites: [terminology-runner.md](terminology-runner.md).',
    '',
    `Of ${stored.length} cases passed: stored ${passed(stored)}, with \`tx-resource\` ${passed(brought)}.`,
    '',
    ...lines,
    '',
    '## Own cases',
    '',
    "The platform's own, of what the official ones here ask little about: `terminology-cases/own` beside the tests of the server.",
    `Of ${own.length} passed ${own.filter(({ fault }) => fault === undefined).length}.`,
    '',
    ...own.map(
      ({ name, fault }) =>
        `- ${fault === undefined ? 'passed' : 'failed'} ${name}${fault === undefined ? '' : `: ${fault}`}`,
    ),
    '',
  ].join('\n');
}

if (import.meta.main) {
  if (casesArePresent) writeFileSync(reportFile, reportOf(await runAll()));
  else process.stderr.write('The official cases are not here (../shared/cases/terminology beside the repository)\n');
}
