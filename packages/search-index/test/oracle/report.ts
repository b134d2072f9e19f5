/**
 * Compares the index of every published example, and of generated resources with every element, with the reference engine, and searches for
 * their values. Prints the outcome; with `--write` it writes it to docs/reports/search-parameters.md.
 */
import { writeFileSync } from 'node:fs';
import { isResourceType } from '@dhp/fhir-model';
import { allSearchParameters, derivedParameters, notIndexed, type SearchParameter } from '@dhp/fhir-search/parameters';
import { compareAll, compareExamples, type Outcome } from './compare-all.ts';
import { excuses, unreachable } from './excuses.ts';
import { madeResources } from './made.ts';

const columns = new Map([
  ['_id', 'a column of the resource'],
  ['_lastUpdated', 'a column of the resource'],
]);

/** The reason why a parameter has no rows to compare, undefined if it has rows. */
function excused({ base, code }: SearchParameter): string | undefined {
  const type = isResourceType(base) ? base : 'Patient';
  const derived = derivedParameters(type).get(code);
  if (derived !== undefined) return `asks for ${derived.join(' or ')} instead`;
  return columns.get(code) ?? notIndexed(type).get(code) ?? unreachable.get(`${base}.${code}`);
}

function report(examples: Outcome, made: Outcome): string {
  const parameters = new Map(allSearchParameters().map((one) => [`${one.base}.${one.code}`, one]));
  const reasons = [...parameters].flatMap(([name, one]) => {
    const reason = excused(one);
    return reason === undefined ? [] : [{ name, reason }];
  });
  const compared = [...parameters].flatMap(([name, one]) => (excused(one) === undefined ? [name] : []));
  const missing = compared.filter((name) => !isFound(examples, name) && !isFound(made, name));
  const differ = [examples, made].flatMap(({ tallies }) => [...tallies.values()].flatMap(differencesOf));
  const both = (count: (outcome: Outcome) => number) => [count(examples), count(made)];
  const counts = [
    ['resources', ...both(({ resources }) => resources)],
    ['parameters with a value', ...both((one) => compared.filter((name) => isFound(one, name)).length)],
    ['pairs of parameter and resource with a value', ...both((one) => sum(compared.map((name) => foundIn(one, name))))],
    [
      'differences, explained below',
      ...both(({ tallies }) => sum([...tallies.values()].map((one) => one.differences.length))),
    ],
    ['searches made of values', ...both(({ searched }) => searched.searches)],
    ['resources they had to find, and found', ...both(({ searched }) => searched.hits)],
    ['resources of the type they had to leave out', ...both(({ searched }) => searched.misses)],
    ['searches that found too much or too little', ...both(({ searched }) => searched.differences.length)],
  ];
  return `# Every search parameter, compared

Made by \`node packages/search-index/test/oracle/report.ts --write\`. For each search parameter and each resource the npm package
fhirpath finds the values, code written apart from the index says by the tables of the specification what rows they must have,
and these must be the rows of the index: all of them, and no other. Then searches are made of the values; each must find the
resources that have them, and no other of their type. The resources are those of the npm package hl7.fhir.r5.examples 5.0.0,
and some that are made to have every element, since for many parameters no example has a value.

${parameters.size} search parameters, by the type that has them: ${compared.length} compared, ${compared.length - missing.length} of
them found, ${reasons.length} excused.

${table(
  ['', 'published examples', 'made'],
  counts.map((row) => row.map(String)),
)}

Found nowhere: ${missing.join(', ') || 'none'}.

## Differences

${table(['Parameter', 'What is told', 'Why'], differ)}

## Excused

${table(['Parameter', 'Why'], grouped(reasons))}
`;
}

const foundIn = ({ tallies }: Outcome, name: string): number => tallies.get(name)?.found ?? 0;
const isFound = (outcome: Outcome, name: string): boolean => foundIn(outcome, name) > 0;
const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);

function differencesOf({ name, differences }: { name: string; differences: readonly string[] }): string[][] {
  return differences.map((told) => {
    const excuse = excuses.find(({ parameter, begins }) => parameter === name && told.startsWith(begins));
    return [name, told.replace(/: has .*/, ': has more rows'), excuse?.reason ?? 'NOT EXPLAINED'];
  });
}

/** Names with the same reason in one row. */
function grouped(reasons: readonly { name: string; reason: string }[]): string[][] {
  const byReason = Map.groupBy(reasons, ({ reason }) => reason);
  return [...byReason].map(([reason, all]) => [all.map(({ name }) => name).join(', '), reason]);
}

function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  return [headings, headings.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

const text = report(compareExamples(1), compareAll(madeResources()));
process.stdout.write(text);
if (process.argv.includes('--write')) {
  writeFileSync(new URL('../../../../docs/reports/search-parameters.md', import.meta.url), text);
}
