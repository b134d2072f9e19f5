/** The manifest of an export, or one of several. https://hl7.org/fhir/uv/bulkdata/STU2/export.html#response---complete-status */
import { formatInstant } from '@dhp/fhir-model/instant';
import type { ExportFile } from '@dhp/fhir-store/jobs';
import type { Answer } from '../../contract/answer.ts';
import type { Services } from '../../contract/interaction.ts';
import { fail } from '../../http/errors.ts';
import { fhirLines } from '../../http/respond.ts';
import type { Position } from './files.ts';
import type { ExportTold } from './run.ts';

const manifestType = 'http://hl7.org/fhir/uv/bulkdata/StructureDefinition/BulkDataManifest';

/** Files of a manifest, if an export may have several: a published one never changes, so it is published when it is full. */
const filesOfManifest = 4;

const named = /^manifest-([1-9]\d{0,8})\.json$/;

/** The number of a manifest behind the first one, by the name at its address. */
export function manifestNumber(name: string): number | undefined {
  const number = named.exec(name)?.[1];
  return number === undefined ? undefined : Number(number);
}

export interface Manifested {
  readonly id: string;
  /** The URL of the kick-off. */
  readonly request: string;
  /** A kick-off by POST may speak the words of 4.0: the manifest has these beside those of 2 and 3. */
  readonly isPosted: boolean;
  /** Undefined while the export runs. */
  readonly ended: { readonly expires: Date; readonly told: ExportTold } | undefined;
  /** From 0. */
  readonly number: number;
}

/** Undefined if it does not exist: the number is beyond the last one, or not all of its files are complete yet. */
export async function manifest(services: Services, of: Manifested): Promise<Answer | undefined> {
  const { exports, baseUrl, timeZone } = services;
  if (exports === undefined) fail('exports-off', {}, { diagnostics: 'DHP_EXPORTS is off at this node.' });
  const { id, request, isPosted, ended, number } = of;
  const all = await exports.store.filesOf(id);
  const first = all.at(0)?.position as Position | undefined;
  const part = partOf(ended === undefined ? settledIn(all) : all, first?.early !== undefined, of);
  const times = await exports.store.timesOf(id);
  if (part === undefined || times === undefined) return undefined;
  const { transactionTime, organizedBy } = ended?.told ?? {
    transactionTime: formatInstant(new Date(times.until.getTime() - 1), timeZone),
    organizedBy: first?.early?.organizedBy,
  };
  const list = {
    all,
    files: part.files,
    isPosted,
    organizedBy,
    urlOf: (name: string) => `${baseUrl}/$job/${id}/${name}`,
  };
  const body = {
    ...(isPosted && { manifestType, outputFormat: fhirLines }),
    transactionTime,
    request,
    requiresAccessToken: true,
    ...(organizedBy !== undefined && { outputOrganizedBy: organizedBy }),
    output: entries('output', list),
    deleted: entries('deleted', list),
    error: entries('error', list),
    ...(isPosted && { outcome: entries('error', list) }),
    ...(part.hasNext && { link: [{ relation: 'next', url: list.urlOf(`manifest-${String(number + 1)}.json`) }] }),
  };
  const headers = {
    'content-type': 'application/json',
    ...(ended !== undefined && { expires: ended.expires.toUTCString() }),
    'cache-control': 'private, no-cache',
  };
  return { status: 200, headers, body: JSON.stringify(body) };
}

interface Part {
  readonly files: readonly ExportFile[];
  readonly hasNext: boolean;
}

function partOf(known: readonly ExportFile[], isEarly: boolean, { ended, number }: Manifested): Part | undefined {
  if (!isEarly) return ended === undefined || number > 0 ? undefined : { files: known, hasNext: false };
  const from = number * filesOfManifest;
  const files = known.slice(from, from + filesOfManifest);
  if (ended === undefined) {
    const isWhole = files.length === filesOfManifest;
    return isWhole ? { files, hasNext: known.length >= from + 2 * filesOfManifest } : undefined;
  }
  return files.length === 0 ? undefined : { files, hasNext: known.length > from + filesOfManifest };
}

/** Files of which it is known in which one they continue. */
function settledIn(all: readonly ExportFile[]): readonly ExportFile[] {
  const last = all.findLastIndex(({ kind }) => kind === 'output');
  return last >= 0 && (all[last]!.position as Position).continues === true ? all.slice(0, last) : all;
}

interface Listed {
  /** Of the whole export. */
  readonly all: readonly ExportFile[];
  readonly files: readonly ExportFile[];
  readonly isPosted: boolean;
  readonly organizedBy: string | undefined;
  readonly urlOf: (name: string) => string;
}

function entries(kind: ExportFile['kind'], { all, files, isPosted, organizedBy, urlOf }: Listed): object[] {
  const nameOf = ({ number }: ExportFile): string => `${String(number)}.ndjson`;
  return files
    .filter((file) => file.kind === kind)
    .map((file) => {
      const { type, count, bytes, position } = file;
      const isContinued = (position as Position).continues === true;
      const next = isContinued ? all.find((one) => one.kind === kind && one.number > file.number) : undefined;
      return {
        ...((kind !== 'output' || organizedBy === undefined) && { type }),
        ...{ url: urlOf(nameOf(file)), count },
        ...(next !== undefined && { continuesInFile: urlOf(nameOf(next)) }),
        // The guide lets a server add members there.
        extension: { bytes },
        ...(isPosted && { fileSize: bytes }),
      };
    });
}
