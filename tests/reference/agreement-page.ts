/** The report on agreement with the reference validator: docs/reports/agreement.md, from what was recorded. */
import { readFileSync, writeFileSync } from 'node:fs';
import { corpora, type CorpusName } from './corpora.ts';
import { compareCorpus, isRecorded } from './corpus.ts';
import { reasonOf, type Difference } from './differences.ts';
import { isError, match, type Finding, type Pair } from './finding.ts';
import { agreementLines } from './report.ts';

const page = new URL('../../docs/reports/agreement.md', import.meta.url);

const versionOf = (name: string): string =>
  (JSON.parse(readFileSync(new URL(import.meta.resolve(`${name}/package.json`)), 'utf8')) as { version: string })
    .version;

/** Writes the page, of all corpora that are recorded and can be made here. */
export async function writeReport(): Promise<void> {
  const parts: string[] = [heading()];
  for (const name of Object.keys(corpora) as CorpusName[]) {
    const { about, skip } = corpora[name];
    if (skip !== false || !isRecorded(name)) continue;
    parts.push(partOf(about, await compareCorpus(name)));
  }
  writeFileSync(page, `${parts.join('\n\n')}\n`);
}

function heading(): string {
  const packages = ['hl7.fhir.r5.core', 'hl7.terminology.r5', 'hl7.fhir.uv.extensions.r5', 'hl7.fhir.r5.examples'];
  return [
    '# Agreement with the reference validator',
    '',
    `Findings of HL7's reference validator (\`ca.uhn.hapi.fhir:org.hl7.fhir.validation\` 6.10.4, offline) were recorded with ${packages
      .map((name) => `\`${name}\` ${versionOf(name)}`)
      .join(
        ', ',
      )} and \`uz.dhp.core\` 0.7.0, and are compared with ours, as \`dhp validate\` makes them, by code and place, errors and`,
    'warnings. `npm run reference -- --page` writes this page; `npm run reference -- --corpus NAME --record` records anew.',
  ].join('\n');
}

interface Row extends Difference {
  count: number;
  decides: number;
  readonly example: string;
}

function partOf(about: string, pairs: readonly Pair[]): string {
  const rows = differencesIn(pairs);
  return [
    `## ${about}`,
    '',
    ...agreementLines(pairs).map((line) => `- ${line}`),
    ...(rows.length === 0 ? [] : ['', 'Differences:', '', ...table(rows)]),
  ].join('\n');
}

function differencesIn(pairs: readonly Pair[]): Row[] {
  const rows = new Map<string, Row>();
  for (const pair of pairs) {
    const { missing, extra } = match(pair);
    const differs = pair.reference.some(isError) !== pair.ours.some(isError);
    const count = (side: Difference['side'], finding: Finding): void => {
      const { severity, id, expression: place } = finding;
      const key = `${side} ${severity} ${id} ${reasonOf({ side, severity, id, place })}`;
      const example = `${pair.file}, ${pair.kind}: \`${place}\``;
      const row = rows.get(key) ?? { side, severity, id, place, count: 0, decides: 0, example };
      row.count += 1;
      if (differs && isError(finding)) row.decides += 1;
      rows.set(key, row);
    };
    for (const one of missing) count('reference', one);
    for (const one of extra) count('ours', one);
  }
  return [...rows.values()].sort((a, b) => b.decides - a.decides || b.count - a.count || (a.id < b.id ? -1 : 1));
}

const table = (rows: readonly Row[]): string[] => [
  '| Whose | Finding | Times | Decides | First | Reason |',
  '| --- | --- | --- | --- | --- | --- |',
  ...rows.map(
    (row) =>
      `| ${row.side} | ${row.severity} \`${row.id}\` | ${row.count} | ${row.decides} | ${row.example.replaceAll('|', '\\|')} | ${reasonOf(row)} |`,
  ),
];
