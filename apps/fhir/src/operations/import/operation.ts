/** `$import`: lines of NDJSON become writes, in a job. docs/bulk-export.md */
import type { Answer } from '../../contract/answer.ts';
import { headerOf, type Call, type Services } from '../../contract/interaction.ts';
import { receiveTextInParts } from '../../http/body.ts';
import { lineTypes } from '../../http/content-type.ts';
import { mediaType } from '../../http/media-type.ts';
import { missingPermission } from '../../http/access.ts';
import { fail } from '../../http/errors.ts';
import { prefersAsync } from '../../http/negotiate.ts';
import { requireSystem } from '../export/asked.ts';
import { invalid } from '../input.ts';
import type { Operation } from '../operation.ts';
import { readAsked, type AskedImport } from './asked.ts';
import { linesOfBundle } from './bundle-lines.ts';

/**
 * 202 with the address of the job. Fails with `async-required` without `Prefer: respond-async`, `imports-off`, `scope-insufficient` for a
 * token of a person and for a type that it may not write, `too-many-requests`, and for invalid input.
 */
async function bulkImport(services: Services, call: Call): Promise<Answer> {
  const { jobs, imports, exports, baseUrl } = services;
  const { query, access, recording } = call;
  requireSystem(call, '$import');
  if (!prefersAsync(headerOf(call, 'prefer'))) {
    const diagnostics = 'An import is answered later. Send it again with the header Prefer: respond-async.';
    fail('async-required', {}, { diagnostics });
  }
  if (jobs === undefined || imports === undefined)
    fail('imports-off', {}, { diagnostics: 'DHP_JOBS or DHP_IMPORTS is off in this environment.' });
  const { headers, body } = await asLines(call);
  const asked = readAsked(query, headers['content-type'], body, imports.most.inputs);
  requireWrites(call, asked);
  if (exports === undefined && asked.inputs.some(({ source }) => source !== ''))
    fail(
      'imports-off',
      {},
      { diagnostics: 'DHP_EXPORTS is off: there is no folder for what is fetched. Send the lines.' },
    );
  for (const [index, { source }] of asked.inputs.entries()) {
    const fault = source === '' ? undefined : imports.refusedAddress(source);
    if (fault !== undefined) invalid('input', `input[${index}]: ${fault.slice(0, 300)}.`);
  }
  const request = { method: 'POST', path: '/$import', query, headers, body: Buffer.isBuffer(body) ? body : undefined };
  const about = { address: recording?.address, interaction: '$import', type: '', hasOwnForm: true };
  const job = await jobs.defer({ ...request, ...about }, access!, 'import');
  return {
    status: 202,
    headers: { 'content-location': `${baseUrl}/$job/${job}`, 'preference-applied': 'respond-async' },
  };
}

/** The body, and a Bundle as the lines that it stands for: from here on it is they that were sent. Fails as `linesOfBundle` does. */
async function asLines(call: Call): Promise<Pick<Call, 'headers' | 'body'>> {
  const { headers, body } = call;
  if (lineTypes.includes(mediaType(headerOf(call, 'content-type') ?? '').type)) return { headers, body };
  const source = await receiveTextInParts(body);
  if (source.resourceType !== 'Bundle') return { headers, body };
  return { headers: { ...headers, 'content-type': lineTypes[0] }, body: linesOfBundle(source) };
}

/** Each line is checked separately; a type that may not be written is refused at once. */
function requireWrites({ access }: Call, { mode, inputs }: AskedImport): void {
  const permission = mode === 'create' ? 'c' : 'u';
  for (const type of new Set(inputs.map(({ type }) => type || '*'))) {
    const missing = missingPermission(access!, permission, type, '$import');
    if (missing !== undefined) throw missing;
  }
}

const text = { use: 'in', type: 'string' } as const;

export const importOperation: Operation = {
  id: 'import',
  code: 'import',
  isOwn: true,
  title: 'Import of many resources',
  description:
    'Lines of NDJSON, from addresses or sent as they are, are written as their client would write each by itself. It is answered later (Prefer: respond-async).',
  affectsState: true,
  permission: 'own',
  answersFiles: true,
  isAsync: true,
  isPosted: true,
  readsBody: true,
  levels: ['system'],
  types: 'Resource',
  run: bulkImport,
  parameters: [
    {
      ...text,
      ...{ name: 'inputFormat', min: 0, max: '1', also: ['code'] },
      documentation: 'application/fhir+ndjson, application/ndjson or application/x-ndjson.',
    },
    {
      ...{ name: 'inputSource', use: 'in', min: 0, max: '1', type: 'uri', also: ['string'] },
      documentation: 'The system that the lines come from.',
    },
    {
      ...text,
      ...{ name: 'mode', min: 0, max: '1', also: ['code'] },
      documentation: 'upsert (default): as an update that creates; create: what is there is not changed.',
    },
    {
      ...{ name: 'type', use: 'in', min: 0, max: '1', type: 'code' },
      documentation: 'In the query, of lines that are sent: the type of all of them.',
    },
    {
      ...{ name: 'storageDetail', use: 'in', min: 0, max: '1' },
      part: [{ name: 'type', min: 0, max: '1', type: 'code', documentation: 'https, which is the one way.' }],
      documentation: 'How the inputs are fetched.',
    },
    {
      ...{ name: 'input', use: 'in', min: 0, max: '*' },
      part: [
        { name: 'type', min: 0, max: '1', type: 'code', documentation: 'The type of all of its lines.' },
        { name: 'url', min: 1, max: '1', type: 'uri', documentation: 'Its address, which is https.' },
      ],
      documentation: 'What is to be imported, unless the lines themselves are the body.',
    },
    {
      ...{ name: 'return', use: 'out', min: 0, max: '1', type: 'Binary' },
      documentation: 'Nothing: the answer is 202, and Content-Location leads to what came of the import.',
    },
  ],
};
