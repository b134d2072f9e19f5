// Writes docs/reports/validator-cases.md: the agreement of our findings with those of the reference validator on its published cases. `node
// packages/fhir-validation/test/cases-report.ts`
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { reasonFor } from './case-reasons.ts';
import { caseNames, runCase, type Finding, type Outcome } from './official-cases.ts';

export const reportFile = fileURLToPath(new URL('../../../docs/reports/validator-cases.md', import.meta.url));

const isSame = ({ expectedErrors, errors }: Outcome): boolean => (expectedErrors === 0) === (errors === 0);

/** Whether all missing and extra findings of an outcome concern the XML text or unavailable code systems. */
function isOutOfReach({ name, missing, extra }: Outcome): boolean {
  const all = [...missing, ...extra].filter(({ severity }) => severity === 'error' || severity === 'fatal');
  return all.length > 0 && all.every((finding) => /XML|server/.test(reasonFor(name, finding)?.kind ?? ''));
}

const percent = (part: number, whole: number): string => `${part} of ${whole} (${((part / whole) * 100).toFixed(1)} %)`;

function summary(outcomes: readonly Outcome[]): string[] {
  const matched = outcomes.reduce((sum, one) => sum + one.matched, 0);
  const expected = matched + outcomes.reduce((sum, one) => sum + one.missing.length, 0);
  const ours = matched + outcomes.reduce((sum, one) => sum + one.extra.length, 0);
  return [
    percent(outcomes.filter(isSame).length, outcomes.length),
    percent(outcomes.filter(({ errors, expectedErrors }) => errors === expectedErrors).length, outcomes.length),
    percent(matched, expected),
    percent(matched, ours),
  ];
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll(/\s+/g, ' ').replaceAll('<', '&lt;');

function findingRow(name: string, sign: string, finding: Finding): string {
  const { severity, code, expression } = finding;
  const { kind, reason } = reasonFor(name, finding) ?? { kind: '', reason: 'NOT EXPLAINED' };
  return `| ${name} | ${sign} | ${severity} ${code} | ${cell(expression)} | ${kind}: ${reason} |`;
}

/** Returns the table row of a case that only one of the two finds valid, with the reasons for the differing errors. */
function verdictRow({ name, expectedErrors, errors, missing, extra }: Outcome): string {
  const why = [...missing, ...extra]
    .filter(({ severity }) => severity === 'error' || severity === 'fatal')
    .map((finding) => reasonFor(name, finding))
    .map((found) => (found === undefined ? 'NOT EXPLAINED' : `${found.kind}: ${found.reason}`));
  return `| ${name} | ${expectedErrors} | ${errors} | ${[...new Set(why)].join('; ')} |`;
}

/** Returns the report as Markdown. */
export function report(outcomes: readonly Outcome[]): string {
  const reachable = outcomes.filter((one) => !isOutOfReach(one));
  const [all, within] = [summary(outcomes), summary(reachable)];
  const rows = [
    'valid or not',
    'number of errors',
    'findings of the reference validator that are ours too',
    'our findings that are its too',
  ];
  return [
    '# Official validator cases',
    '',
    'Made by `node packages/fhir-validation/test/cases-report.ts` from half of the cases that HL7 publishes for R5, each run',
    'against R5 and, where it has one, against its profile. Compared are errors and warnings, by severity, code and',
    'expression; best-practice advice (dom-6) is left out. Without those out of reach: the cases whose differences lie only in',
    'XML text, which the JSON form does not show, or in code systems that need a terminology server. What is wrong with such XML',
    '(an attribute twice or unknown, another namespace, elements out of order, another encoding, an empty element, an open tag) is',
    'refused where XML is read: `packages/fhir-xml/test/xml-faults.test.ts` has a case of each.',
    '',
    '|  | all | without those out of reach |',
    '| --- | --- | --- |',
    ...rows.map((row, i) => `| ${row} | ${all[i]!} | ${within[i]!} |`),
    '',
    '## Verdicts that differ',
    '',
    '| case | errors of the reference validator | ours | why |',
    '| --- | --- | --- | --- |',
    ...outcomes.filter((one) => !isSame(one)).map((one) => verdictRow(one)),
    '',
    '## Differences',
    '',
    '`-` the reference validator tells it and we do not, `+` the other way round.',
    '',
    '| case |  | finding | expression | why |',
    '| --- | --- | --- | --- | --- |',
    ...outcomes.flatMap(({ name, missing, extra }) => [
      ...missing.map((finding) => findingRow(name, '-', finding)),
      ...extra.map((finding) => findingRow(name, '+', finding)),
    ]),
    '',
  ].join('\n');
}

export function allOutcomes(): Outcome[] {
  return caseNames().flatMap((name) => runCase(name));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(reportFile, report(allOutcomes()));
