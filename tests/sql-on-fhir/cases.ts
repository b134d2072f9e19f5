// The official cases of SQL on FHIR, as far as the neighbouring folder ../shared has them. Nothing of them is kept here.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseExactly } from '@dhp/fhirpath';

export const casesFolder = fileURLToPath(new URL('../../../shared/cases/sql-on-fhir/', import.meta.url));

export const noCases = existsSync(casesFolder)
  ? false
  : 'the official cases of SQL on FHIR are not here (../shared/cases/sql-on-fhir)';

export interface ViewCase {
  readonly title: string;
  readonly tags?: readonly string[];
  readonly view: unknown;
  readonly expect?: readonly Readonly<Record<string, unknown>>[];
  readonly expectColumns?: readonly string[];
  readonly expectCount?: number;
  readonly expectError?: boolean;
}

export interface CaseFile {
  readonly file: string;
  readonly resources: readonly unknown[];
  readonly tests: readonly ViewCase[];
}

/** The files of a folder in order of their names; decimals of the resources keep the digits that they are written with. */
export function readCaseFiles(folder = casesFolder): CaseFile[] {
  const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
  return files.sort().map((file) => {
    const text = readFileSync(join(folder, file), 'utf8');
    const { tests } = JSON.parse(text) as CaseFile;
    const { resources } = parseExactly(text) as CaseFile;
    return { file, resources, tests };
  });
}
