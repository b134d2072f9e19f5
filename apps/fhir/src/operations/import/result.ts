/** The result of an import: its manifest, and the lines that it did not take. docs/bulk-export.md */
import type { ImportInput } from '@dhp/fhir-store/jobs';
import type { Answer } from '../../contract/answer.ts';
import type { Imports } from '../../contract/imports.ts';
import type { Services } from '../../contract/interaction.ts';
import { fail } from '../../http/errors.ts';

/** The name of the file of lines that were not taken. */
export const rejectsName = 'rejects.ndjson';

/** @param request the URL of the kick-off */
export async function importManifest(
  { imports, baseUrl }: Services,
  { id, request, expires }: { id: string; request: string; expires: Date },
): Promise<Answer> {
  if (imports === undefined) fail('imports-off', {}, { diagnostics: 'DHP_IMPORTS is off at this node.' });
  const inputs = await imports.store.inputsOf(id);
  const kept = await imports.store.countLines(id);
  const rejected = inputs.reduce((sum, input) => sum + input.rejected, 0);
  const body = {
    request,
    requiresAccessToken: true,
    output: inputs.map(told),
    error: kept === 0 ? [] : [{ type: 'OperationOutcome', url: `${baseUrl}/$job/${id}/${rejectsName}`, count: kept }],
    // If more lines were refused than are kept, only their number is given.
    ...(rejected > kept && { rejectsNotKept: rejected - kept }),
  };
  const headers = {
    'content-type': 'application/json',
    expires: expires.toUTCString(),
    'cache-control': 'private, no-cache',
  };
  return { status: 200, headers, body: JSON.stringify(body) };
}

function told(input: ImportInput): object {
  const { source, type, digest, bytes, created, updated, unchanged, rejected, repeated, failure } = input;
  return {
    ...(source !== '' && { inputUrl: source }),
    ...(type !== '' && { type }),
    ...(digest !== null && { sha256: digest.toString('hex'), bytes }),
    ...{ created, updated, unchanged, rejected },
    ...(repeated !== null && { importedBefore: repeated }),
    ...(failure !== null && { failure: JSON.parse(failure) as unknown }),
  };
}

/** Lines that are read at a time. */
const most = 500;

/** A line for each that was not taken: its number, where it came from, and an OperationOutcome. */
export async function* rejectsOf({ store }: Imports, id: string): AsyncGenerator<Buffer> {
  const sources = new Map((await store.inputsOf(id)).map(({ number, source }) => [number, source]));
  for (let behind = { input: -1, line: 0 }; ;) {
    const lines = await store.linesOf(id, { waits: false, behind, most });
    const text = lines.map(({ input, line, outcome }) => {
      const source = sources.get(input) ?? '';
      return `{"line":${String(line)}${source === '' ? '' : `,"source":${JSON.stringify(source)}`},"outcome":${outcome}}\n`;
    });
    if (text.length > 0) yield Buffer.from(text.join(''));
    const last = lines.at(-1);
    if (last === undefined || lines.length < most) return;
    behind = { input: last.input, line: last.line };
  }
}
