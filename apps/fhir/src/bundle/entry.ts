/** The entries of a Bundle as they were sent. https://hl7.org/fhir/R5/bundle.html */
import { isId, isResourceType, type JsonSource } from '@dhp/fhir-model';
import { createPauses } from '@dhp/budget';
import type { EntryRequest } from '../contract/target.ts';
import { fail, Failure, failure, type FailureDetail, type Findings } from '../http/errors.ts';
import { afterSpace, afterValue, eachMember, nextAfter } from '../json/spans.ts';

export interface Entry {
  /** From 0, as FHIRPath counts. */
  readonly index: number;
  /** The JSON of the Bundle, if it was sent as JSON. */
  readonly bundle: string | undefined;
  readonly fullUrl: string | undefined;
  /** The text of the resource, exactly as it was sent. */
  readonly resource: string | undefined;
  /** The text of `request`. */
  readonly request: string | undefined;
}

/**
 * The entries of a Bundle. `isSent`: the text was sent as it is, not converted from XML. Yields to other requests meanwhile. Fails with
 * `bundle-malformed` if a part is not an array or object, for any type.
 */
export async function readEntries(source: JsonSource, isSent: boolean): Promise<Entry[]> {
  const span = source.members.get('entry');
  if (span === undefined) return [];
  const { text } = source;
  if (text.charCodeAt(span.start) !== 0x5b) malformed('Bundle.entry', 'an array');
  const entries: Entry[] = [];
  const pause = createPauses();
  let at = afterSpace(text, span.start + 1);
  while (text.charCodeAt(at) !== 0x5d) {
    const due = pause();
    if (due !== undefined) await due;
    const { entry, end } = entryAt(text, at, entries.length, isSent);
    entries.push(entry);
    at = nextAfter(text, end);
  }
  return entries;
}

function entryAt(text: string, start: number, index: number, isSent: boolean): { entry: Entry; end: number } {
  if (text.charCodeAt(start) !== 0x7b) malformed(shownEntry(index), 'an object');
  const parts: { fullUrl?: string; resource?: string; request?: string } = {};
  // Thrown after the whole entry was read: the fullUrl may come after the error.
  let noObject: 'resource' | 'request' | undefined;
  const end = eachMember(text, start, (key, value) => {
    const after = afterValue(text, value);
    if (key === 'fullUrl') parts.fullUrl = stringAt(text, value, after, `Bundle.entry[${index}].fullUrl`);
    if (key === 'resource' || key === 'request') {
      if (text.charCodeAt(value) !== 0x7b) noObject ??= key;
      parts[key] = text.slice(value, after);
    }
    return after;
  });
  const bundle = isSent ? text : undefined;
  const { fullUrl, resource, request } = parts;
  if (noObject !== undefined) malformed(`${shownEntry(index)}.${noObject}`, 'an object', fullUrl);
  return { entry: { index, bundle, fullUrl, resource, request }, end };
}

/** Returns the request of an entry. Fails when it is missing or malformed. */
export function requestOf(entry: Entry): EntryRequest {
  const { index, request: text } = entry;
  if (text === undefined) {
    const diagnostics = 'An entry of a batch or transaction has a request with method and url.';
    fail('entry-request-missing', { entry: shownEntry(index) }, { diagnostics, expression: 'request' });
  }
  const request = JSON.parse(text) as Record<string, unknown>;
  const read = (name: keyof EntryRequest): string | undefined => {
    const value = request[name];
    if (value === undefined || typeof value === 'string') return value;
    const diagnostics = `request.${name} is ${shown(value)}, which is no string.`;
    fail('entry-request-invalid', { entry: shownEntry(index) }, { diagnostics, expression: `request.${name}` });
  };
  const required = (name: 'method' | 'url'): string => {
    const value = read(name);
    if (value !== undefined && value !== '') return value;
    const cure = name === 'url' ? ` ${addressToSend(entry, request['method'])}` : '';
    const diagnostics = `request.${name} is ${value === undefined ? 'absent' : 'empty'}.${cure}`;
    fail('entry-request-invalid', { entry: shownEntry(index) }, { diagnostics, expression: `request.${name}` });
  };
  return {
    method: required('method'),
    url: required('url'),
    ifNoneMatch: read('ifNoneMatch'),
    ifModifiedSince: read('ifModifiedSince'),
    ifMatch: read('ifMatch'),
    ifNoneExist: read('ifNoneExist'),
  };
}

/** Advice for `request.url`: the address of the resource in the entry, as far as it can be derived. */
function addressToSend({ resource }: Entry, method: unknown): string {
  const { resourceType, id } = JSON.parse(resource ?? '{}') as { resourceType?: unknown; id?: unknown };
  const isNamed = typeof resourceType === 'string' && isResourceType(resourceType) && resourceType !== 'Parameters';
  const type = isNamed ? resourceType : 'Patient';
  const one = `${type}/${typeof id === 'string' && isId(id) ? id : 'ID'}`;
  const address = method === 'POST' ? type : one;
  const example = isNamed ? '' : ', for example';
  return `Send the address below the base URL: "${address}"${example}${method === 'POST' ? '' : `, or "${type}?" and criteria`}.`;
}

/** Returns the name of an entry in sentences: `Bundle.entry[2]`. */
export function shownEntry(index: number): string {
  return `Bundle.entry[${index}]`;
}

/** The same with the fullUrl, by which a client knows its entry again: `Bundle.entry[2] (urn:uuid:…)`. */
export function namedEntry(index: number, fullUrl: string | undefined): string {
  return fullUrl === undefined ? shownEntry(index) : `${shownEntry(index)} (${fullUrl.slice(0, 200)})`;
}

/**
 * The same failure, with the entry named: its diagnostics begin with the place and the fullUrl, its expression is one of the
 * Bundle. Headers are left out: they are about the entry, not about the answer.
 */
export function inEntry(error: Failure, entry: Entry): Failure {
  const { index, fullUrl } = entry;
  const { diagnostics, expression, scope, others, findings, refusedBy } = error.detail;
  const name = namedEntry(index, fullUrl);
  const detail: FailureDetail = {
    diagnostics: `${name}: ${diagnostics}`,
    expression: expressionIn(shownEntry(index), expression),
    ...(scope === undefined ? {} : { scope }),
    ...(refusedBy === undefined ? {} : { refusedBy }),
    ...(findings === undefined ? {} : { findings: findingsIn(findings, entry) }),
    ...(others === undefined ? {} : { others: others.map((other) => inEntry(other, entry)) }),
  };
  return new Failure(error.code, error.values, detail);
}

/** Findings about the resource of an entry, placed in the Bundle. */
function findingsIn({ issues }: Findings, { index, fullUrl, bundle }: Entry): Findings {
  const within = namedEntry(index, fullUrl);
  const placed = issues.map((issue) => ({
    ...issue,
    within,
    expression: expressionIn(shownEntry(index), issue.expression),
  }));
  return { issues: placed, text: bundle };
}

/** `Observation.status` of the resource in entry 2 is `Bundle.entry[2].resource.ofType(Observation).status`. */
function expressionIn(entry: string, expression: string | undefined): string {
  if (expression === undefined) return entry;
  // A parameter of the query is in the URL.
  if (expression.startsWith('http.')) return `${entry}.request.url`;
  const [, type, rest = ''] = /^([A-Z]\w*)(\..*)?$/s.exec(expression) ?? [];
  if (type === undefined) return `${entry}.${expression}`;
  return rest === '' ? `${entry}.resource` : `${entry}.resource.ofType(${type})${rest}`;
}

function stringAt(text: string, start: number, end: number, place: string): string {
  if (text.charCodeAt(start) !== 0x22) malformed(place, 'a string');
  return JSON.parse(text.slice(start, end)) as string;
}

function malformed(place: string, expected: string, fullUrl?: string): never {
  const named = fullUrl === undefined ? '' : ` (${fullUrl.slice(0, 200)})`;
  throw failure(
    'bundle-malformed',
    { place },
    { diagnostics: `${place}${named} is not ${expected}.`, expression: place },
  );
}

function shown(value: unknown): string {
  return JSON.stringify(value).slice(0, 100);
}
