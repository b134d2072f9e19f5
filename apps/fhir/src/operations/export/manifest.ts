/** The manifest of an export that has ended. https://hl7.org/fhir/uv/bulkdata/STU2/export.html#response---complete-status */
import type { ExportFile } from '@dhp/fhir-store/jobs';
import type { Answer } from '../../contract/answer.ts';
import type { Services } from '../../contract/interaction.ts';
import { fail } from '../../http/errors.ts';
import { fhirLines } from '../../http/respond.ts';
import type { Position } from './files.ts';
import type { ExportTold } from './run.ts';

const manifestType = 'http://hl7.org/fhir/uv/bulkdata/StructureDefinition/BulkDataManifest';

/**
 * @param request the URL of the kick-off
 * @param isPosted who has sent the kick-off by POST may speak the words of 4.0: the manifest has these beside those of 2 and 3
 */
export async function manifest(
  { exports, baseUrl }: Services,
  {
    id,
    request,
    expires,
    told,
    isPosted,
  }: { id: string; request: string; expires: Date; told: ExportTold; isPosted: boolean },
): Promise<Answer> {
  if (exports === undefined) fail('exports-off', {}, { diagnostics: 'DHP_EXPORTS is off at this node.' });
  const files = await exports.store.filesOf(id);
  const urlOf = ({ number }: ExportFile): string => `${baseUrl}/$job/${id}/${String(number)}.ndjson`;
  const { organizedBy } = told;
  const of = (kind: ExportFile['kind']): object[] =>
    files
      .filter((file) => file.kind === kind)
      .map((file, n, all) => [file, all[n + 1]] as const)
      .map(([{ bytes, ...file }, next]) => ({
        ...(kind !== 'output' || organizedBy === undefined ? { type: file.type } : {}),
        ...{ url: urlOf({ bytes, ...file }), count: file.count },
        ...((file.position as Position).continues && next !== undefined && { continuesInFile: urlOf(next) }),
        // The guide lets a server add what it likes there.
        extension: { bytes },
        ...(isPosted && { fileSize: bytes }),
      }));
  const body = {
    ...(isPosted && { manifestType, outputFormat: fhirLines }),
    transactionTime: told.transactionTime,
    request,
    requiresAccessToken: true,
    ...(organizedBy !== undefined && { outputOrganizedBy: organizedBy }),
    output: of('output'),
    deleted: of('deleted'),
    error: of('error'),
    ...(isPosted && { outcome: of('error') }),
  };
  const headers = {
    'content-type': 'application/json',
    expires: expires.toUTCString(),
    'cache-control': 'private, no-cache',
  };
  return { status: 200, headers, body: JSON.stringify(body) };
}
