/** Jobs and their results, as the FHIR server reports them, parsed without trusting their form. docs/jobs.md, docs/bulk-export.md */
import { listOf, membersOf, textOf } from '../explorer/kept.ts';

/** Whether a job makes tables: its result has a separate address. */
export function isOfTables(kind: string): boolean {
  return kind === 'view-export' || kind === 'sql-export';
}

export interface Job {
  readonly id: string;
  /** `export`, `view-export`, `sql-export`, `import`, or another one. */
  readonly kind: string;
  /** Method and URL. */
  readonly request: string;
  readonly state: string;
  /** From 0 to 1; undefined if unknown. */
  readonly share: number | undefined;
  /** Bytes of its output, or another count, depending on its kind. */
  readonly done: number;
  readonly attempt: number;
  readonly asked: Date | undefined;
  readonly expires: Date | undefined;
  /** Of its result, if it has ended. */
  readonly status: number | undefined;
}

/** The jobs in the answer to `GET [base]/$job`. */
export function jobsIn(parameters: unknown): Job[] {
  return listOf(membersOf(parameters)['parameter'])
    .map(membersOf)
    .filter(({ name }) => name === 'job')
    .map(({ part }) => {
      const parts = new Map(listOf(part).map((one) => [membersOf(one)['name'], membersOf(one)]));
      const of = (name: string, type: string): unknown => parts.get(name)?.[`value${type}`];
      const location = textOf(of('location', 'Uri'));
      return {
        id: location.slice(location.lastIndexOf('/') + 1),
        kind: textOf(of('kind', 'Code')),
        request: textOf(of('request', 'String')),
        state: textOf(of('state', 'Code')),
        share: numberOf(of('share', 'Decimal')),
        done: Number(of('done', 'Integer64') ?? 0),
        attempt: Number(of('attempt', 'Integer') ?? 0),
        asked: dateOf(of('asked', 'Instant')),
        expires: dateOf(of('expires', 'Instant')),
        status: numberOf(of('status', 'Integer')),
      };
    });
}

/** A file that an export has made. */
export interface ExportedFile {
  /** Type of the resources, or name of the table. */
  readonly of: string;
  /** Last part of its address. */
  readonly file: string;
  readonly count: number | undefined;
  readonly bytes: number | undefined;
}

export interface Manifest {
  /** The moment that the files show. */
  readonly moment: string;
  readonly output: readonly ExportedFile[];
  readonly deleted: readonly ExportedFile[];
  readonly error: readonly ExportedFile[];
}

/** Of the answer of an export of resources. */
export function manifestIn(body: unknown): Manifest {
  const manifest = membersOf(body);
  const files = (name: string): ExportedFile[] =>
    listOf(manifest[name]).flatMap((one) => {
      const { type, url, count, extension } = membersOf(one);
      const file = fileIn(url);
      return file === undefined
        ? []
        : [{ of: textOf(type), file, count: numberOf(count), bytes: numberOf(membersOf(extension)['bytes']) }];
    });
  return {
    moment: textOf(manifest['transactionTime']),
    ...{ output: files('output'), deleted: files('deleted'), error: files('error') },
  };
}

/** Of the result of an export of tables. */
export function tablesIn(body: unknown): Manifest {
  const all = listOf(membersOf(body)['parameter']).map(membersOf);
  const output = all
    .filter(({ name }) => name === 'output')
    .flatMap(({ part }) => {
      const parts = listOf(part).map(membersOf);
      const of = textOf(parts.find(({ name }) => name === 'name')?.['valueString']);
      return parts.filter(({ name }) => name === 'location').flatMap(({ valueUri }) => named(of, valueUri));
    });
  const error = all
    .filter(({ name }) => name === 'error')
    .flatMap(({ valueUri }) => named('OperationOutcome', valueUri));
  const moment = textOf(all.find(({ name }) => name === 'exportStartTime')?.['valueInstant']);
  return { moment, output, deleted: [], error };
}

function named(of: string, url: unknown): ExportedFile[] {
  const file = fileIn(url);
  return file === undefined ? [] : [{ of, file, count: undefined, bytes: undefined }];
}

const fileName = /^(?:(?:table-)?\d{1,9}\.(?:ndjson|json|csv|parquet)|rejects\.ndjson)$/;

/** Whether it has the form of a job's file name. */
export const isFileName = (name: string): boolean => fileName.test(name);

function fileIn(url: unknown): string | undefined {
  const name = textOf(url).split('/').at(-1) ?? '';
  return isFileName(name) ? name : undefined;
}

const numberOf = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined;

function dateOf(value: unknown): Date | undefined {
  const time = Date.parse(textOf(value));
  return Number.isNaN(time) ? undefined : new Date(time);
}
