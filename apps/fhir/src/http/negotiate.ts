/** What the client sends and wants: media types and query parameters. https://hl7.org/fhir/R5/http.html#mime-type */
import type { IncomingHttpHeaders } from 'node:http';
import { acceptedMediaTypes, fail } from './errors.ts';

export type Query = Readonly<Record<string, string | string[] | undefined>>;

const jsonTypes = new Set(['application/fhir+json', 'application/json', 'text/json']);
const acceptableRanges = new Set([...jsonTypes, 'application/*', 'text/*', '*/*']);

/** Clients repeat a handful of headers; remembering the good ones saves parsing them for every request. */
const goodAccepts = new Set<string>();
const goodContentTypes = new Set<string>();
const remembered = 200;

/** Fails with `not-acceptable` unless JSON of FHIR 5.0 is among what `_format`, else `Accept`, asks for. */
export function requireAcceptable(accept: string | undefined, query: Query | undefined): void {
  const format = query?.['_format'];
  if (format !== undefined) {
    const wanted = typeof format === 'string' ? format : '';
    // A plus sign in a query is a space; people forget to write it as %2B.
    if (wanted === 'json' || isAcceptable(wanted.replaceAll(' ', '+'))) return;
    fail('not-acceptable', {}, { diagnostics: `_format is ${JSON.stringify(format)}; ${available}` });
  }
  if (accept === undefined || goodAccepts.has(accept)) return;
  if (!isAcceptable(accept))
    fail('not-acceptable', {}, { diagnostics: `Accept is ${JSON.stringify(accept)}; ${available}` });
  if (goodAccepts.size < remembered) goodAccepts.add(accept);
}

const available = 'available is application/fhir+json; fhirVersion=5.0.';

function isAcceptable(accept: string): boolean {
  return accept.split(',').some((range) => {
    const { type, parameters } = mediaType(range);
    const version = parameters.get('fhirversion');
    return acceptableRanges.has(type) && isVersion5(version) && Number(parameters.get('q') ?? 1) > 0;
  });
}

/** Fails with `media-type-unsupported` unless the body is uncompressed UTF-8 JSON of FHIR 5.0. */
export function requireJsonBody(headers: IncomingHttpHeaders): void {
  const contentType = headers['content-type'];
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') {
    fail(
      'media-type-unsupported',
      {},
      { diagnostics: `Content-Encoding is ${JSON.stringify(encoding)}; bodies are sent uncompressed.` },
    );
  }
  if (contentType !== undefined && goodContentTypes.has(contentType)) return;
  if (contentType === undefined) {
    if (headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) === 0) return;
    fail('media-type-unsupported', {}, { diagnostics: `There is no Content-Type. ${acceptedMediaTypes}` });
  }
  const { type, parameters } = mediaType(contentType);
  const charset = parameters.get('charset')?.toLowerCase() ?? 'utf-8';
  const isGood =
    jsonTypes.has(type) && (charset === 'utf-8' || charset === 'utf8') && isVersion5(parameters.get('fhirversion'));
  if (!isGood) {
    fail(
      'media-type-unsupported',
      {},
      { diagnostics: `Content-Type is ${JSON.stringify(contentType)}. ${acceptedMediaTypes}` },
    );
  }
  if (goodContentTypes.size < remembered) goodContentTypes.add(contentType);
}

export function isForm(headers: IncomingHttpHeaders): boolean {
  const contentType = headers['content-type'];
  return contentType !== undefined && mediaType(contentType).type === 'application/x-www-form-urlencoded';
}

function isVersion5(version: string | undefined): boolean {
  return version === undefined || version === '5.0' || version === '5.0.0';
}

function mediaType(text: string): { type: string; parameters: Map<string, string> } {
  const [type = '', ...rest] = text.split(';');
  const parameters = new Map<string, string>();
  for (const parameter of rest) {
    const at = parameter.indexOf('=');
    if (at < 0) continue;
    const value = parameter.slice(at + 1).trim();
    parameters.set(parameter.slice(0, at).trim().toLowerCase(), value.replace(/^"(.*)"$/, '$1'));
  }
  return { type: type.trim().toLowerCase(), parameters };
}

/** Fails with `parameter-unknown` for a parameter the interaction does not know, unless the client is lenient about it. */
export function requireKnownParameters(
  query: Query,
  known: readonly string[],
  interaction: string,
  prefer: string | undefined,
): void {
  for (const name of Object.keys(query)) {
    if (name === '_format' || known.includes(name) || isLenient(prefer)) continue;
    const diagnostics =
      `${interaction} knows these parameters: ${['_format', ...known].join(', ')}. ` +
      'With "Prefer: handling=lenient" unknown ones are ignored.';
    fail('parameter-unknown', { name: name.slice(0, 100) }, { diagnostics });
  }
}

function isLenient(prefer: string | undefined): boolean {
  return prefer !== undefined && /(^|[,;\s])handling\s*=\s*"?lenient"?\s*($|[,;\s])/i.test(prefer);
}

export type Return = 'minimal' | 'representation' | 'OperationOutcome';

/** `Prefer: return=…` (https://hl7.org/fhir/R5/http.html#ops); what is not understood is ignored, as RFC 7240 says. */
export function preferredReturn(prefer: string | undefined): Return {
  if (prefer === undefined) return 'representation';
  const value = /(?:^|[,;\s])return\s*=\s*"?(\w+)"?/i.exec(prefer)?.[1];
  return value === 'minimal' || value === 'OperationOutcome' ? value : 'representation';
}
