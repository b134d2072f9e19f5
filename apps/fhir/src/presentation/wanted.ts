/** The presentation a request asks for. https://hl7.org/fhir/R5/http.html#parameters */
import { elementsOf, memberOf } from '@dhp/fhir-model';
import { plainJson, plainXml } from './presentation.ts';
import type { Presentation, ElementSubset, Subset, Format } from '../contract/presentation.ts';
import { acceptedFormat, acceptsType, namesFhir } from '../http/accept.ts';
import { fail } from '../http/errors.ts';
import { mediaType } from '../http/media-type.ts';
import type { Query } from '../contract/query.ts';

export interface Asked {
  readonly accept: string | undefined;
  readonly query: Query | undefined;
  /** '' if the address has no type, `*` if it names all types of a compartment. */
  readonly type: string;
  /** Whether the answer is a Bundle of resources that were found. */
  readonly isResult: boolean;
  /** `read`: a Binary may be shown as its content; `write`: its client's Accept may be about that content. */
  readonly binary?: 'read' | 'write' | undefined;
}

/** Clients repeat a few header values; caching the valid ones saves parsing them for every request. */
const known = new Map<string, Presentation>();
const remembered = 200;

/** Fails with `not-acceptable`, or `parameter-invalid` for `_pretty`, `_summary` and `_elements`. */
export function wantedPresentation(asked: Asked): Presentation {
  const { accept, query, binary } = asked;
  const isPretty = readPretty(query?.['_pretty']);
  const subset = readSubset(query ?? {}, asked);
  const named = query?.['_format'] === undefined ? undefined : readFormat(query['_format']);
  if (binary === 'read' && named === undefined && subset === undefined) return ofBinary(accept, isPretty);
  if (binary === 'write' && named === undefined) {
    return shape(accept === undefined ? 'json' : (acceptedFormat(accept) ?? 'json'), isPretty, subset);
  }
  return shape(named ?? presentationByAccept(accept).format, isPretty, subset);
}

/** The presentation of an error: the readable part of the client's wishes, otherwise JSON. */
export function wantedForError(accept: string | undefined, query: Query | undefined): Presentation {
  const format = query?.['_format'];
  const named = format === undefined ? undefined : theOneFormat(format);
  return shape(named ?? acceptedFormat(accept ?? '*/*') ?? 'json', query?.['_pretty'] === 'true', undefined);
}

function shape(format: Format, isPretty: boolean, subset: Subset | undefined): Presentation {
  if (!isPretty && subset === undefined) return format === 'json' ? plainJson : plainXml;
  return { format, isPretty, subset };
}

const available = 'available are application/fhir+json and application/fhir+xml; fhirVersion=5.0.';

/** Returns the form of the answer by the headers alone. Fails with `not-acceptable`. */
export function presentationByAccept(accept: string | undefined): Presentation {
  if (accept === undefined) return plainJson;
  const seen = known.get(accept);
  if (seen !== undefined) return seen;
  const format = acceptedFormat(accept);
  if (format === undefined) {
    fail('not-acceptable', {}, { diagnostics: `Accept is ${JSON.stringify(accept)}; ${available}` });
  }
  const presentation = format === 'json' ? plainJson : plainXml;
  if (known.size < remembered) known.set(accept, presentation);
  return presentation;
}

/** Unless FHIR's own types are named, a Binary is its content. https://hl7.org/fhir/R5/binary.html#rest */
function ofBinary(accept: string | undefined, isPretty: boolean): Presentation {
  if (accept !== undefined && namesFhir(accept)) return shape(presentationByAccept(accept).format, isPretty, undefined);
  const format = accept === undefined ? 'json' : acceptedFormat(accept);
  const raw = (contentType: string): boolean =>
    accept === undefined || acceptsType(accept, mediaType(contentType).type);
  return { format: format ?? 'json', isPretty, raw, isOnlyRaw: format === undefined };
}

function readFormat(format: string | string[]): Format {
  const named = theOneFormat(format);
  if (named === undefined)
    fail('not-acceptable', {}, { diagnostics: `_format is ${JSON.stringify(format)}; ${available}` });
  return named;
}

/** The format that all of them name: libraries that add it to every address also add it to a link that already has it. */
function theOneFormat(given: string | string[]): Format | undefined {
  const named = new Set([given].flat().map(formatNamed));
  return named.size === 1 ? [...named][0] : undefined;
}

function formatNamed(format: string): Format | undefined {
  const code = format.toLowerCase();
  if (code === 'json' || code === 'xml') return code;
  // A plus sign in a query is a space; people forget to write it as %2B.
  return code.trim() === '' ? undefined : acceptedFormat(format.replaceAll(' ', '+'));
}

function readPretty(value: string | string[] | undefined): boolean {
  if (value === undefined || value === 'false') return false;
  if (value === 'true') return true;
  fail(
    'parameter-invalid',
    { name: '_pretty' },
    { diagnostics: `_pretty is true or false, not ${JSON.stringify(value)}.`, expression: 'http._pretty' },
  );
}

function readSubset(query: Query, asked: Asked): Subset | undefined {
  const summary = readSummary(query['_summary'], asked);
  const elements = [query['_elements'] ?? []].flat().filter((list) => list !== '');
  if (elements.length === 0) return summary;
  const named = readElements(elements, asked);
  if (summary === undefined) return { kind: 'elements', ...named };
  const diagnostics = '_elements and _summary exclude each other; send one of them.';
  fail('parameter-invalid', { name: '_elements' }, { diagnostics, expression: 'http._elements' });
}

function readSummary(value: string | string[] | undefined, { isResult }: Asked): Subset | undefined {
  if (value === undefined || value === '' || value === 'false') return undefined;
  if (value === 'true' || value === 'text' || value === 'data') return { kind: value };
  if (value === 'count' && isResult) return { kind: value };
  const choice = isResult ? 'true, text, data, count or false' : 'true, text, data or false';
  fail(
    'parameter-invalid',
    { name: '_summary' },
    { diagnostics: `_summary is ${choice} here, not ${JSON.stringify(value)}.`, expression: 'http._summary' },
  );
}

/**
 * `name,birthDate` of the resources searched for or read; `Patient.name` of each Patient in the answer. A name that the type does not have
 * is an error; without a type all names are accepted.
 */
function readElements(lists: readonly string[], { type, isResult }: Asked): Pick<ElementSubset, 'names' | 'ofTypes'> {
  const names = new Set<string>();
  const ofTypes = new Map<string, Set<string>>();
  for (const given of lists.flatMap((list) => list.split(','))) {
    const [, of, name = ''] = /^(?:([A-Z]\w*)\.)?(.*?)(?:\[x\])?$/.exec(given.trim())!;
    const ofOther = of !== undefined && of !== type;
    const known = ofOther ? of : type === '*' ? '' : type;
    if (name === '' || (ofOther && !isResult) || (known !== '' && !isElement(known, name)))
      unknownElement(given, known);
    if (of === undefined || !isResult) names.add(name);
    else ofTypes.set(of, (ofTypes.get(of) ?? new Set()).add(name));
  }
  return { names, ofTypes };
}

function unknownElement(given: string, type: string): never {
  const named = JSON.stringify(given.slice(0, 100));
  const diagnostics = `_elements is a list of top-level elements${type === '' ? '' : ` of ${type}`}; ${named} is none.`;
  fail('parameter-invalid', { name: '_elements' }, { diagnostics, expression: 'http._elements' });
}

function isElement(type: string, name: string): boolean {
  return elementsOf(type)?.has(name) === true || memberOf(type, name) !== undefined;
}
