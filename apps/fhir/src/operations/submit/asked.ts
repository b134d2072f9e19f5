/** The parameters of `$bulk-submit`. https://build.fhir.org/ig/HL7/bulk-data/OperationDefinition-bulk-submit.html */
import { hash } from 'node:crypto';
import type { HeaderSeal, SubmissionRequest } from '../../contract/imports.ts';
import { lineTypes } from '../../http/content-type.ts';
import { mediaType } from '../../http/media-type.ts';
import type { ImportMode } from '../import/asked.ts';
import { invalid, isObject, type PartValues } from '../input.ts';
import type { Input } from '../operation.ts';

/** Name of the import parameter that says how resources are stored. */
export const modeName = 'urn:dhp:import-mode';

const statusSystem = 'http://hl7.org/fhir/event-status';

/** The names of a submission, of both operations. Fails with `parameter-invalid`. */
export function submissionOf(input: Input): Pick<SubmissionRequest, 'submitter' | 'submission'> {
  const [submitter] = input.get('submitter') ?? [];
  const { system, value } = isObject(submitter) ? submitter : {};
  if (typeof system !== 'string' || typeof value !== 'string' || system === '' || value === '')
    invalid('submitter', 'submitter is an Identifier with system and value.');
  const [submission] = input.get('submissionId') ?? [];
  if (typeof submission !== 'string' || submission === '') invalid('submissionId', 'submissionId is a string.');
  for (const [name, text] of Object.entries({ submitter: `${system}|${value}`, submissionId: submission }))
    if (text.length > mostName) invalid(name, `${name} has ${mostName} characters at most.`);
  return { submitter: `${system}|${value}`, submission };
}

/** Characters of names, and of a URL. */
const mostName = 500;
const mostUrl = 4_000;

/** Fails with `parameter-invalid`. @param o.isLenient metadata is ignored; no metadata is supported */
export function readSubmission(
  input: Input,
  { isLenient, seal }: { readonly isLenient: boolean } & Pick<HeaderSeal, 'seal'>,
): SubmissionRequest {
  refuseUnsupported(input, isLenient);
  const names = submissionOf(input);
  const [manifestUrl, replaces, base] = ['manifestUrl', 'replacesManifestUrl', 'fhirBaseUrl'].map((name) =>
    urlIn(input, name),
  );
  const state = statusIn(input);
  if (manifestUrl === undefined && state === undefined)
    invalid('manifestUrl', 'One of manifestUrl and submissionStatus is sent.');
  if (manifestUrl !== undefined && base === undefined)
    invalid('fhirBaseUrl', 'With manifestUrl comes fhirBaseUrl, the base URL of relative references.');
  requireLines(input);
  const headers = headersIn(input);
  const manifest =
    manifestUrl === undefined
      ? undefined
      : { url: manifestUrl, base: base!.endsWith('/') ? base!.slice(0, -1) : base!, headers: seal(headers) };
  const asked = { ...names, state: state ?? 'in-progress', mode: modeIn(input), replaces } as const;
  // A sealed text differs each time.
  const said = JSON.stringify([asked, manifest && { ...manifest, headers }]);
  return { ...asked, manifest, digest: hash('sha256', said, 'buffer') };
}

/** Ignoring them would fetch, or read, in another way than the client expects. */
function refuseUnsupported(input: Input, isLenient: boolean): void {
  const cure = 'Give addresses that are signed, or fileRequestHeader with a token of the server of the files.';
  if (input.has('oauthMetadataUrl'))
    invalid('oauthMetadataUrl', `This server is no client of other authorization servers. ${cure}`);
  if (input.has('fileEncryptionKey'))
    invalid('fileEncryptionKey', 'Files that are encrypted are not read here. Serve them by https, as they are.');
  if (input.has('metadata') && !isLenient)
    invalid(
      'metadata',
      'No metadata is agreed on with this server. With "Prefer: handling=lenient" it is passed over.',
    );
}

function urlIn(input: Input, name: string): string | undefined {
  const [value] = input.get(name) ?? [];
  if (value === undefined) return undefined;
  if (typeof value === 'string' && value.length <= mostUrl && /^https?:/i.test(value) && URL.canParse(value))
    return value;
  invalid(name, `${name} is an absolute URL of ${mostUrl} characters at most.`);
}

function statusIn(input: Input): SubmissionRequest['state'] | undefined {
  const [coding] = input.get('submissionStatus') ?? [];
  if (coding === undefined) return undefined;
  const { system = statusSystem, code } = isObject(coding) ? coding : {};
  if (system === statusSystem && (code === 'in-progress' || code === 'completed' || code === 'stopped')) return code;
  invalid('submissionStatus', `submissionStatus is in-progress, completed or stopped of ${statusSystem}.`);
}

function requireLines(input: Input): void {
  const [format] = input.get('outputFormat') ?? [];
  if (format === undefined) return;
  const { type, parameters } = mediaType(typeof format === 'string' ? format : '');
  const version = parameters.get('fhirversion') ?? '5.0';
  if ([...lineTypes, 'ndjson'].includes(type) && /^5\.0(\.0)?$/.test(version)) return;
  invalid('outputFormat', `outputFormat is ${lineTypes.join(', ')} or ndjson, with resources of R5 (fhirVersion=5.0).`);
}

function modeIn(input: Input): ImportMode {
  let mode: ImportMode | undefined;
  for (const given of (input.get('import') ?? []) as PartValues[]) {
    const [name, value] = [given.values.get('parameterUrl'), given.values.get('parameterValue')];
    if (name !== modeName || mode !== undefined || (value !== 'upsert' && value !== 'create'))
      invalid('import', `The one parameter of import is ${modeName}, once, with upsert or create.`, given.place);
    mode = value;
  }
  return mode ?? 'upsert';
}

const mostHeaders = 20;

/** Header fields of the connection itself, and of the format of fetched files, which clients cannot set. */
const own =
  /^(?:accept|accept-encoding|connection|content-.*|expect|host|keep-alive|proxy-.*|range|te|trailer|transfer-encoding|upgrade)$/i;

function headersIn(input: Input): Record<string, string> {
  const given = (input.get('fileRequestHeader') ?? []) as PartValues[];
  if (given.length > mostHeaders) invalid('fileRequestHeader', `${mostHeaders} header fields can be sent at most.`);
  const headers = new Map<string, string>();
  for (const { place, values } of given) {
    const [name, value] = [values.get('headerName'), values.get('headerValue')];
    // The value is a secret: it is in no answer.
    if (typeof name !== 'string' || !/^[\w!#$%&'*+.^`|~-]{1,100}$/.test(name) || own.test(name))
      invalid('fileRequestHeader', 'headerName is the name of a header field, and none of the connection.', place);
    if (typeof value !== 'string' || !/^[\t\x20-\x7e]{0,4000}$/.test(value))
      invalid('fileRequestHeader', 'headerValue has 4,000 characters of ASCII at most, and no line ends.', place);
    if (headers.has(name.toLowerCase()))
      invalid('fileRequestHeader', `${name} stands twice; it can stand once.`, place);
    headers.set(name.toLowerCase(), value);
  }
  return Object.fromEntries([...headers].sort(([a], [b]) => (a < b ? -1 : 1)));
}
