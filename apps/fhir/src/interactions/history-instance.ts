import type { StoredVersion } from '@dhp/fhir-store';
import { fail } from '../http/errors.ts';
import { historyBundle, type HistoryEntry, type Link } from './history-bundle.ts';
import { readHistoryQuery, wholeNumber } from './history-query.ts';
import type { Interaction } from './interaction.ts';
import { resourceUrl } from './urls.ts';

/** The versions of a resource, newest first, in pages. https://hl7.org/fhir/R5/http.html#history */
export const historyInstance: Interaction = async ({ store, baseUrl, timeZone }, { type, id, query }) => {
  const { count, times, filter } = readHistoryQuery(query, timeZone);
  const before = wholeNumber(query, '_before');
  // One more than the page: it says whether there is a next page, and whether the last entry followed a deletion.
  const asked = { ...times, count: count + 1, ...(before === undefined ? {} : { before }) };
  const { versions, total } = await store.history(type, id, asked);
  const exists = total > 0 || (filter !== '' && (await store.read(type, id)) !== undefined);
  if (!exists) fail('resource-not-found', { type, id }, { diagnostics: `${type}/${id} has never existed here.` });
  const page = versions.slice(0, count);
  const self = `${resourceUrl(baseUrl, { type, id })}/_history?_count=${count}${filter}`;
  const links: Link[] = [{ relation: 'self', url: before === undefined ? self : `${self}&_before=${before}` }];
  const last = page.at(-1);
  if (last !== undefined && versions.length > count) {
    links.push({ relation: 'next', url: `${self}&_before=${last.versionId}` });
  }
  const entries = page.map((version, index) => ({ version, before: beforeOf(version, versions[index + 1]) }));
  return historyBundle({ baseUrl, timeZone }, total, links, entries);
};

/** `older` is the next version of those asked for, which need not be the one before. */
function beforeOf({ versionId }: StoredVersion, older: StoredVersion | undefined): HistoryEntry['before'] {
  if (versionId === 1) return 'nothing';
  if (older?.versionId !== versionId - 1) return 'unknown';
  return older.deleted ? 'deleted' : 'current';
}
