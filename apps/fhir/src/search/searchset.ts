/** The Bundle that answers a search, made around the stored bytes. https://hl7.org/fhir/R5/search.html#return */
import type { Budget } from '@dhp/budget';
import type { SearchPage, StoredVersion } from '@dhp/fhir-store';
import { joined } from '../http/join.ts';
import { json } from '../http/respond.ts';
import type { Answer } from '../contract/answer.ts';
import { parseExactly } from '../presentation/exact-json.ts';
import { resourceUrl } from '../http/urls.ts';
import type { BuiltInMatch } from './built-in.ts';
import { confidentialityOf, highWaterMark } from './high-water-mark.ts';

export interface SearchLink {
  readonly relation: 'self' | 'first' | 'previous' | 'next';
  readonly url: string;
}

/** https://hl7.org/fhir/R5/valueset-search-entry-mode.html */
type Mode = 'match' | 'include' | 'outcome';

export interface Searchset {
  readonly total: number | undefined;
  readonly links: readonly SearchLink[];
  readonly matches: SearchPage['matches'];
  readonly builtIn?: readonly BuiltInMatch[];
  /** Scores of the matches, if they were requested. */
  readonly scores?: readonly number[] | undefined;
  readonly included: readonly StoredVersion[];
  /** The text of an OperationOutcome about the search. */
  readonly outcome: string | undefined;
}

/** A match as its entry has it: a resource, or one that it contains, which is named by its id behind the container's address. */
function partOf(baseUrl: string, version: SearchPage['matches'][number]): { url: string; resource: Buffer | string } {
  const url = resourceUrl(baseUrl, version);
  if (version.contained === undefined) return { url, resource: version.content };
  const { contained } = parseExactly(version.content.toString()) as { contained: { id: string }[] };
  const resource = contained[version.contained]!;
  return { url: `${url}#${resource.id}`, resource: JSON.stringify(resource) };
}

/** Whole resources are not parsed, so their decimals keep their text. */
export async function searchsetBundle(
  baseUrl: string,
  { total, links, matches, builtIn = [], scores, included, outcome }: Searchset,
  budget: Budget,
): Promise<Answer> {
  const counted = total === undefined ? '' : `"total":${total},`;
  const parts: (Buffer | string)[] = [];
  let before = `{"resourceType":"Bundle",${highWaterMark([...matches, ...included])}"type":"searchset",${counted}"link":${JSON.stringify(links)}`;
  const add = (fullUrl: string, resource: Buffer | string, mode: Mode, score?: number): void => {
    const separator = parts.length === 0 ? ',"entry":[' : ',';
    const scored = score === undefined ? '' : `,"score":${score.toFixed(6)}`;
    parts.push(`${before}${separator}{"fullUrl":${JSON.stringify(fullUrl)},"resource":`, resource);
    before = `,"search":{"mode":"${mode}"${scored}}}`;
  };
  for (const [n, version] of matches.entries()) {
    const { url, resource } = partOf(baseUrl, version);
    add(url, resource, 'match', scores?.[n]);
  }
  for (const { fullUrl, content } of builtIn) add(fullUrl, content(), 'match');
  for (const version of included) add(resourceUrl(baseUrl, version), version.content, 'include');
  // It has no address; an entry of a search has a fullUrl all the same (invariant bdl-15).
  if (outcome !== undefined) add(`urn:uuid:${crypto.randomUUID()}`, outcome, 'outcome');
  parts.push(`${before}${parts.length === 0 ? '}' : ']}'}`);
  const answer = json(await joined(parts, budget, 'the page'), { 'cache-control': 'private, no-cache' });
  return { ...answer, confidentiality: confidentialityOf([...matches, ...included]) };
}
