// Puts an official case of SQL on FHIR to the package. https://github.com/FHIR/sql-on-fhir-v2, tests/README.md
import { isDeepStrictEqual } from 'node:util';
import { compileView, InvalidView, RowFault, type Row } from '@dhp/sql-on-fhir';
import type { CaseFile, ViewCase } from './cases.ts';

export interface Outcome {
  readonly name: string;
  readonly passed: boolean;
  readonly reason?: string;
}

/** The report that the specification's site collects: https://sql-on-fhir.org/extra/impls.html */
export type TestReport = Readonly<
  Record<string, { readonly tests: readonly { readonly name: string; readonly result: Omit<Outcome, 'name'> }[] }>
>;

/** The outcome of every case, by file. */
export function reportOf(files: readonly CaseFile[]): TestReport {
  return Object.fromEntries(
    files.map(({ file, resources, tests }) => [
      file,
      {
        tests: tests.map((one) => {
          const reason = differenceOf(one, resources);
          return { name: one.title, result: { passed: reason === undefined, ...(reason !== undefined && { reason }) } };
        }),
      },
    ]),
  );
}

/** Where the package does not do what a case wants; undefined when it does. */
export function differenceOf(one: ViewCase, resources: readonly unknown[]): string | undefined {
  let columns: readonly string[];
  let rows: readonly Row[];
  try {
    const view = compileView(one.view);
    columns = view.columns.map(({ name }) => name);
    rows = resources.flatMap((resource) => view.rows(resource));
  } catch (error) {
    if (!(error instanceof InvalidView) && !(error instanceof RowFault)) throw error;
    return one.expectError === true ? undefined : `refused: ${error.message}`;
  }
  if (one.expectError === true) return `an error is expected, not ${JSON.stringify(rows)}`;
  if (one.expectColumns !== undefined && !isDeepStrictEqual(one.expectColumns, columns))
    return `the columns ${one.expectColumns.join(', ')} are expected, not ${columns.join(', ')}`;
  if (one.expectCount !== undefined && one.expectCount !== rows.length)
    return `${one.expectCount} rows are expected, not ${rows.length}`;
  if (one.expect === undefined) return one.expectCount === undefined ? 'the case expects nothing' : undefined;
  const [wanted, given] = [asSet(one.expect), asSet(rows)];
  return isDeepStrictEqual(wanted, given) ? undefined : `${wanted.join(' ')} is expected, not ${given.join(' ')}`;
}

/** Rows have no order, and neither have the members of one. */
function asSet(rows: readonly Readonly<Record<string, unknown>>[]): string[] {
  return rows
    .map((row) => JSON.stringify(Object.fromEntries(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1)))))
    .sort();
}
