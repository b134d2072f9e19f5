/** The report on HL7's terminology test runner. */
import { missReason } from './terminology-misses.ts';

export interface SuiteResult {
  readonly name: string;
  readonly tests?: readonly { readonly name: string; readonly status?: string; readonly message?: string }[];
}

export interface RunResult {
  readonly modes: string;
  readonly statement: string;
  readonly suites: readonly SuiteResult[];
}

/** The report as a document: the statement of each run, its suites by count, and each test that is not passed, with the reason. */
export function reportOf(runs: readonly RunResult[]): string {
  return `${heading}\n${runs.map(partOf).join('\n')}`;
}

const heading = `# HL7's terminology test runner

HL7's runner (\`TxTester\` of the artifact \`ca.uhn.hapi.fhir:org.hl7.fhir.validation:6.10.4\`) asks a running server, without a token where
\`DHP_OPEN_TERMINOLOGY\` is \`on\`. \`npm run reference -- terminology --write\` runs it and writes this page. The suites of other modes
need SNOMED CT, OMOP or ICD-11, or are about the reference server itself.
`;

function partOf({ modes, statement, suites }: RunResult): string {
  const lines = [
    `## Mode ${modes.replace(',', ' and ')}`,
    '',
    `> ${statement.replace(/^\S*(?:INFO|ERROR)\s+/, '')}`,
    '',
  ];
  const missing: string[] = [];
  for (const { name, tests = [] } of suites) {
    const passed = tests.filter(({ status }) => status === 'pass').length;
    const asked = tests.filter(({ status }) => status !== 'ignored').length;
    lines.push(`- ${name}: ${passed} of ${asked}`);
    for (const test of tests) {
      if (test.status === 'pass' || test.status === 'ignored') continue;
      const reason =
        missReason(`${name}/${test.name}`, modes) ??
        (test.message ?? 'the runner could not read the answer').split('\n').join(' ');
      missing.push(`- ${name}/${test.name}: ${reason}`);
    }
  }
  return [...lines, '', ...(missing.length === 0 ? [] : ['Not passed:', '', ...missing, ''])].join('\n');
}
