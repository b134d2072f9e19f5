/** The patients of whom the lines of a file tell: for the list of an export, and for the records of a file of one without a list. */
import type { SnapshotTimes } from '@dhp/fhir-store/jobs';
import { patientsIn } from '../../audit/patients-in.ts';
import type { Services } from '../../contract/interaction.ts';
import type { StoredFile } from '../../contract/job-files.ts';
import { membersOf } from '../../search/compartments.ts';
import { noteRows } from '../views-export/download.ts';
import type { Frame } from '../views-export/frames.ts';
import { headerType } from './blocks-anew.ts';
import { noteUnnamed } from './note-unnamed.ts';
import { linesIn } from './recheck.ts';
import { addName } from './targets.ts';

/** Lines of resources of a type, as they were stored at a time. */
interface LinesOf {
  readonly times: SnapshotTimes;
  readonly type: string;
}

const feed = 0x0a;
const patientType = Buffer.from('"Patient"');

/** Adds the patients of lines. A Patient does not refer to itself, and a line of some elements alone does not say whose it is: then the store does. */
export async function noteLines(
  services: Services,
  lines: Buffer,
  { type, times }: LinesOf,
  patients: Set<string>,
): Promise<void> {
  const unnamed = new Map<string, Set<string>>();
  for (let start = 0, end = lines.indexOf(feed); end >= 0; start = end + 1, end = lines.indexOf(feed, start)) {
    const line = lines.subarray(start, end);
    const found = new Set<string>();
    patientsIn(line, services.baseUrl, found);
    for (const id of found) patients.add(id);
    const mayBePatient = type === headerType ? line.includes(patientType) : type === 'Patient';
    if (!(type === headerType || membersOf('Patient').has(type)) || (found.size > 0 && !mayBePatient)) continue;
    const { id, resourceType } = JSON.parse(line.toString('utf8')) as { id?: unknown; resourceType?: unknown };
    const own = type === headerType ? String(resourceType) : type;
    if (typeof id !== 'string') continue;
    if (own === 'Patient') patients.add(id);
    else if (found.size === 0 && membersOf('Patient').has(own)) addName(unnamed, own, id);
  }
  for (const [own, ids] of unnamed) await noteUnnamed(services, { times, type: own }, [...ids], patients);
}

/** Lines that are looked at together, and of how many bytes at most. */
const together = 1_000;
const mostBytes = 1024 ** 2;

/** All patients of a file that is written. @param o.isTable its lines are rows of a table; o.from where they begin */
export async function patientsOfFile(
  services: Services,
  stored: StoredFile,
  of: LinesOf,
  o: { readonly isTable: boolean; readonly from: number | undefined },
): Promise<readonly string[]> {
  const patients = new Set<string>();
  let lines: Buffer[] = [];
  let bytes = 0;
  const note = async (): Promise<void> => {
    const frames = o.isTable ? lines.map((line) => JSON.parse(line.toString('utf8')) as Frame) : [];
    if (o.isTable) await noteRows(services, frames, of, patients);
    else await noteLines(services, Buffer.concat(lines), of, patients);
    [lines, bytes] = [[], 0];
  };
  for await (const line of linesIn(stored, o.from)) {
    lines.push(line);
    bytes += line.length;
    if (lines.length === together || bytes >= mostBytes) await note();
  }
  await note();
  return [...patients];
}
