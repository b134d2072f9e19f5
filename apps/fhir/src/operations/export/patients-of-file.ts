/** The patients in lines: for the list of an export, and for the records of a file of one without a list. */
import type { SnapshotTimes } from '@dhp/fhir-store/jobs';
import { patientsInLines } from '../../audit/patients-in.ts';
import type { Services } from '../../contract/interaction.ts';
import { membersOf } from '../../search/compartments.ts';
import { noteRows } from '../views-export/download.ts';
import { ownerIn } from '../views-export/frames.ts';
import { headerType } from './blocks-anew.ts';
import { noteUnnamed } from './note-unnamed.ts';
import { addName } from './targets.ts';

/** Lines of resources of a type, as they were stored at a time. */
interface LinesOf {
  readonly times: SnapshotTimes;
  readonly type: string;
}

/** Adds the patients of lines. A Patient does not refer to itself, and a line of some elements alone does not say whose it is: then the store does. */
export async function noteLines(
  services: Services,
  lines: Buffer,
  { type, times }: LinesOf,
  patients: Set<string>,
): Promise<void> {
  const others = patientsInLines(lines, services.baseUrl, patients);
  if (type === headerType) await noteBlocks(services, lines, others, times, patients);
  else if (type === 'Patient') for (const line of linesOf(lines)) for (const id of idIn(line)) patients.add(id);
  else if (membersOf('Patient').has(type)) await noteUnnamed(services, { times, type }, others.flatMap(idIn), patients);
}

/** The same for lines of several types, where each says its own. @param others lines that name no patient */
async function noteBlocks(
  services: Services,
  lines: Buffer,
  others: readonly Buffer[],
  times: SnapshotTimes,
  patients: Set<string>,
): Promise<void> {
  for (const line of linesOf(lines)) {
    if (!line.includes(patientType) && !line.includes(escape)) continue;
    const { resourceType, id } = nameOf(line);
    if (resourceType === 'Patient' && typeof id === 'string') patients.add(id);
  }
  const unnamed = new Map<string, Set<string>>();
  for (const line of others) {
    const { resourceType, id } = nameOf(line);
    if (typeof id === 'string' && typeof resourceType === 'string' && resourceType !== 'Patient')
      if (membersOf('Patient').has(resourceType)) addName(unnamed, resourceType, id);
  }
  for (const [type, ids] of unnamed) await noteUnnamed(services, { times, type }, [...ids], patients);
}

const patientType = Buffer.from('"Patient"');
/** The type may be written with escapes, as JSON permits. */
const escape = Buffer.from('\\u');

const nameOf = (line: Buffer): { readonly resourceType?: unknown; readonly id?: unknown } =>
  JSON.parse(line.toString('utf8')) as object;

function idIn(line: Buffer): string[] {
  const { id } = nameOf(line);
  return typeof id === 'string' ? [id] : [];
}

/** Adds the patients of lines that are rows of a table. */
export async function noteFrames(services: Services, lines: Buffer, of: LinesOf, patients: Set<string>): Promise<void> {
  const frames = Array.from(linesOf(lines), ownerIn);
  await noteRows(services, frames, of, patients);
}

const feed = 0x0a;

/** Without their ends. */
function* linesOf(lines: Buffer): Generator<Buffer> {
  for (let start = 0, end = lines.indexOf(feed); end >= 0; start = end + 1, end = lines.indexOf(feed, start))
    yield lines.subarray(start, end);
}
