/**
 * The report of the official cases of SQL on FHIR, in the form that the specification's site collects: `node tests/sql-on-fhir/report.ts`.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readArguments } from '../../scripts/arguments.ts';
import { casesFolder, readCaseFiles } from './cases.ts';
import { reportOf } from './run.ts';

export const reportFile = fileURLToPath(new URL('../../docs/reports/sql-on-fhir/test_report.json', import.meta.url));

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = readArguments({
    command: 'node tests/sql-on-fhir/report.ts',
    help: `Puts the official cases of SQL on FHIR to @dhp/sql-on-fhir and writes test_report.json.

Usage: node tests/sql-on-fhir/report.ts [--cases FOLDER] [--out FILE]

  --cases FOLDER   where the cases are; default ../shared/cases/sql-on-fhir
  --out FILE       where the report is written; default docs/reports/sql-on-fhir/test_report.json
  --help           this text
`,
    options: { cases: { type: 'string' }, out: { type: 'string' } },
  });
  const out = values.out === undefined ? reportFile : resolve(values.out);
  const report = reportOf(readCaseFiles(values.cases === undefined ? casesFolder : resolve(values.cases)));
  mkdirSync(dirname(out), { recursive: true });
  writeFileSync(out, `${JSON.stringify(report, undefined, 2)}\n`);
  const tests = Object.values(report).flatMap((file) => file.tests);
  const failed = tests.filter(({ result }) => !result.passed);
  for (const { name, result } of failed) process.stdout.write(`${name}: ${result.reason}\n`);
  process.stdout.write(`${tests.length - failed.length} of ${tests.length} cases pass; the report is in ${out}\n`);
}
