/**
 * The messages of the reference validator and what stands for each here: `messages.json`, a row for each message that a validation of
 * R5 may tell. Their ids are read from its jars; their texts are HL7's and stay there.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { constantsOf } from './class-file.ts';
import { sortedRow } from './sorting.ts';
import type { Told } from './told.ts';

/**
 * The state of a message here. Of `no finding` are failures of the program, parts of other messages, and what is told of questions to a
 * terminology or of fetching; of `not read` what is told of forms, models and versions that are not read here; of `structure alone`
 * what is told of contents in other languages, whose resources are checked by structure and invariants; of `hint` what is information alone,
 * which is not compared.
 */
export type Status =
  | 'ours'
  | 'not a rule'
  | 'needs a terminology server'
  | 'different on purpose'
  | 'no finding'
  | 'not read'
  | 'structure alone'
  | 'hint'
  | 'not yet';

export interface Row {
  readonly id: string;
  /** Classes that name the message: the part of the reference validator that it belongs to. */
  readonly in: string;
  /** As what the reference tells it. */
  readonly told?: Told;
  readonly status: Status;
  /** Our findings for it, of a message that is ours. */
  readonly findings?: readonly string[];
  /** Where the specification, or the place that decides it, says so: always of one that is no rule or different on purpose. */
  readonly section?: string;
}

const file = new URL('./messages.json', import.meta.url);

export const readTable = (): Row[] => JSON.parse(readFileSync(file, 'utf8')) as Row[];

/** Writes the table, a row a line. */
export function writeTable(rows: readonly Row[]): void {
  const sorted = [...rows].sort((a, b) => (a.in === b.in ? (a.id < b.id ? -1 : 1) : a.in < b.in ? -1 : 1));
  writeFileSync(file, `[\n${sorted.map((row) => `  ${JSON.stringify(row)}`).join(',\n')}\n]\n`);
}

/** Folders of the jars whose classes take part in a validation of a resource. */
const parts: Readonly<Record<string, readonly string[]>> = {
  'org.hl7.fhir.validation': ['org/hl7/fhir/validation/instance', 'org/hl7/fhir/validation/BaseValidator.class'],
  'org.hl7.fhir.r5': [
    'org/hl7/fhir/r5/elementmodel',
    'org/hl7/fhir/r5/fhirpath',
    'org/hl7/fhir/r5/terminologies',
    'org/hl7/fhir/r5/conformance/profile',
  ],
  'org.hl7.fhir.utilities': ['Messages.properties', 'org/hl7/fhir/utilities/xhtml', 'org/hl7/fhir/utilities/json'],
};

/** The ids of the messages, each with the classes that name it. @param classPath of the reference validator */
export function messagesIn(classPath: string): ReadonlyMap<string, string> {
  const folder = mkdtempSync(join(tmpdir(), 'dhp-messages-'));
  try {
    for (const [name, wanted] of Object.entries(parts)) {
      const jar = classPath.split(/[:;]/).find((one) => one.includes(`/${name}/`) || one.includes(`\\${name}\\`));
      if (jar !== undefined) execFileSync('jar', ['xf', jar, ...wanted], { cwd: folder });
    }
    return named(folder, idsIn(readFileSync(join(folder, 'Messages.properties'), 'utf8')));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Plural messages have an id for each form, and are named without it. */
function idsIn(properties: string): ReadonlySet<string> {
  const keys = properties.split('\n').flatMap((line) => /^([A-Za-z_][^\s=]*)\s*=/.exec(line)?.[1] ?? []);
  return new Set(keys.map((key) => key.replace(/_(?:one|two|few|many|other)$/, '')));
}

function named(folder: string, ids: ReadonlySet<string>): Map<string, string> {
  const found = new Map<string, Set<string>>();
  for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!path.endsWith('.class')) continue;
    const owner = path.replace(/^.*[\\/]/, '').replace(/(?:\$.*)?\.class$/, '');
    for (const text of constantsOf(readFileSync(join(folder, path))))
      if (ids.has(text)) found.set(text, (found.get(text) ?? new Set()).add(owner));
  }
  return new Map([...found].map(([id, owners]) => [id, [...owners].sort().join(' ')]));
}

/** Knowledge about the messages of the reference. */
export interface Known {
  /** The messages, each with the classes that name it. */
  readonly messages: ReadonlyMap<string, string>;
  readonly told: ReadonlyMap<string, Told>;
  /** Our findings by the ids of the messages that they agreed with, in recorded comparisons. */
  readonly agreeing: ReadonlyMap<string, ReadonlySet<string>>;
}

/** The table brought up to date: a row for every message, and what has been seen to agree. */
export function updated(rows: readonly Row[], { messages, told, agreeing }: Known): Row[] {
  const known = new Map(rows.map((row) => [row.id, row]));
  return [...messages].map(([id, owners]) => {
    const row = known.get(id);
    const as = told.get(id);
    const base = { id, in: owners, ...(as !== undefined && { told: as }) };
    const seen = agreeing.get(id);
    if (seen !== undefined)
      return { ...base, status: 'ours', findings: [...new Set([...(row?.findings ?? []), ...seen])].sort() };
    if (row?.status === 'ours') return { ...row, ...base };
    return sortedRow({ ...base, status: 'not yet' });
  });
}

/** How many rows there are of each status, and the share of those that are left out on purpose. */
export function summary(rows: readonly Row[]): string {
  const counts = new Map<Status, number>();
  for (const { status } of rows) counts.set(status, (counts.get(status) ?? 0) + 1);
  const lines = [...counts]
    .sort((a, b) => b[1] - a[1])
    .map(([status, count]) => `${String(count).padStart(5)}  ${status}`);
  return [`${rows.length} messages of the reference validator (${fileURLToPath(file)})`, ...lines].join('\n');
}
