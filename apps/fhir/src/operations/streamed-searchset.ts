import type { Budget } from '@dhp/budget';
import type { ResourceStore, SearchPage, StoredVersion } from '@dhp/fhir-store';
import { resourceUrl } from '../http/urls.ts';
import { labelsOf, markOf } from '../search/high-water-mark.ts';
import { lineOf } from './export/lines.ts';
import type { SearchLink } from '../search/searchset.ts';

/** Included resources that are read again at the end at a time. */
const chunk = 100;

/**
 * The text of a searchset Bundle, part by part, while the store is read. Resources are not parsed, so their decimals keep their text.
 * Included resources are at the end, since a later part may find them as matches; until then only their names are kept. As lines it
 * contains only the resources, one after the other, without links and search modes.
 * @param outcomeOfCut the text of an OperationOutcome, for the end of an answer in which some included resources are missing
 */
export async function* streamedSearchset(
  { store, baseUrl }: { store: ResourceStore; baseUrl: string },
  {
    links,
    pages,
    budget,
    outcomeOfCut,
    asLines = false,
  }: {
    links: readonly SearchLink[];
    pages: AsyncIterable<SearchPage>;
    budget: Budget;
    outcomeOfCut: string;
    asLines?: boolean;
  },
): AsyncGenerator<Buffer> {
  const matched = new Set<string>();
  const included = new Map<string, StoredVersion['type']>();
  let separator = ',"entry":[';
  let isCut = false;
  const labels = new Set<string>();

  function* entry(version: StoredVersion, mode: 'match' | 'include'): Generator<Buffer> {
    if (asLines) {
      yield lineOf(version, undefined);
      return;
    }
    const fullUrl = JSON.stringify(resourceUrl(baseUrl, version));
    yield Buffer.from(`${separator}{"fullUrl":${fullUrl},"resource":`);
    yield version.content;
    for (const label of labelsOf([version])) labels.add(label);
    yield Buffer.from(`,"search":{"mode":"${mode}"}}`);
    separator = ',';
  }

  if (!asLines) yield Buffer.from(`{"resourceType":"Bundle","type":"searchset","link":${JSON.stringify(links)}`);
  for await (const page of pages) {
    isCut ||= page.includesCut;
    for (const { type, id } of page.included) included.set(`${type}/${id}`, type);
    for (const { type, id } of page.matches) matched.add(`${type}/${id}`);
    if (page.matches.length > 0) yield Buffer.concat(page.matches.flatMap((version) => [...entry(version, 'match')]));
  }
  const rest = [...included].filter(([name]) => !matched.has(name));
  for (let from = 0; from < rest.length; from += chunk) {
    const some = rest.slice(from, from + chunk);
    budget.take(some.length, 'what comes along');
    const versions = await Promise.all(some.map(([name, type]) => store.read(type, name.slice(type.length + 1))));
    const current = versions.filter((version) => version !== undefined && !version.deleted);
    yield Buffer.concat(current.flatMap((version) => [...entry(version!, 'include')]));
  }
  if (asLines) {
    if (isCut) yield Buffer.from(`${outcomeOfCut}\n`);
    return;
  }
  if (isCut) {
    const fullUrl = `"urn:uuid:${crypto.randomUUID()}"`;
    yield Buffer.from(`${separator}{"fullUrl":${fullUrl},"resource":${outcomeOfCut},"search":{"mode":"outcome"}}`);
    separator = ',';
  }
  const mark = markOf(labels); // at the end, when all labels are known
  yield Buffer.from(`${separator === ',' ? ']' : ''}${mark === '' ? '' : `,${mark}`}}`);
}
