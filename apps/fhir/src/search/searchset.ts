/** The Bundle that answers a search, made around the stored bytes. https://hl7.org/fhir/R5/search.html#return */
import type { StoredVersion } from '@dhp/fhir-store';
import { json, type Answer } from '../http/respond.ts';
import { resourceUrl } from '../interactions/urls.ts';

export interface SearchLink {
  readonly relation: 'self' | 'first' | 'previous' | 'next';
  readonly url: string;
}

export interface Searchset {
  readonly total: number | undefined;
  readonly links: readonly SearchLink[];
  readonly matches: readonly StoredVersion[];
  readonly included: readonly StoredVersion[];
  /** The text of an OperationOutcome about the search. */
  readonly outcome: string | undefined;
}

/** Resources are not parsed, so their decimals keep their text. */
export function searchsetBundle(baseUrl: string, { total, links, matches, included, outcome }: Searchset): Answer {
  const counted = total === undefined ? '' : `"total":${total},`;
  const parts: (Buffer | string)[] = [
    `{"resourceType":"Bundle","type":"searchset",${counted}"link":${JSON.stringify(links)}`,
  ];
  let separator = ',"entry":[';
  const add = (fullUrl: string, resource: Buffer | string, mode: 'match' | 'include' | 'outcome'): void => {
    const head = `${separator}{"fullUrl":${JSON.stringify(fullUrl)},"resource":`;
    parts.push(head, resource, `,"search":{"mode":"${mode}"}}`);
    separator = ',';
  };
  for (const version of matches) add(resourceUrl(baseUrl, version), version.content, 'match');
  for (const version of included) add(resourceUrl(baseUrl, version), version.content, 'include');
  // It has no address; an entry of a search has a fullUrl all the same (invariant bdl-15).
  if (outcome !== undefined) add(`urn:uuid:${crypto.randomUUID()}`, outcome, 'outcome');
  parts.push(separator === ',' ? ']}' : '}');
  const body = Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));
  return json(body, { 'cache-control': 'private, no-cache' });
}
