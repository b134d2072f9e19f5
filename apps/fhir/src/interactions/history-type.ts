import type { ResourceStore } from '@dhp/fhir-store';
import { endpointTypes } from '../endpoint-types.ts';
import type { Answer } from '../contract/answer.ts';
import { historyBundle, type Link } from './history-bundle.ts';
import { invalid, readHistoryQuery, single } from './history-query.ts';
import { readList } from './history-list.ts';
import type { Call, Services, Interaction } from '../contract/interaction.ts';

/** The versions of all resources of a type, in pages. https://hl7.org/fhir/R5/http.html#history */
export const historyType: Interaction = (services, call) => historyOf(services, call, call.type);

/** The versions of all resources, in pages. https://hl7.org/fhir/R5/http.html#history */
export const historySystem: Interaction = (services, call) => historyOf(services, call, undefined);

/** The history of one type, or of all. All pages show the state at the time of the first one. */
export async function historyOf(services: Services, call: Call, type: string | undefined): Promise<Answer> {
  const { store, baseUrl, timeZone, pageLinks } = services;
  const { query } = call;
  const { count, times, filter, order } = readHistoryQuery(query, timeZone);
  const only = await readList(services, call, type === undefined ? endpointTypes : [type]);
  const path = `${type === undefined ? '' : `/${type}`}/_history`;
  const given = single(query, '_cursor');
  // Servers of the release before gave positions out as they are.
  const cursor = given && (pageLinks.openHistory(path, given) ?? given);
  const ofType = type === undefined ? {} : { type };
  const from = cursor === undefined ? {} : { cursor };
  const { versions, settled, next, previous } =
    count === 0 ? nothing : await found(store.historyOf({ ...times, ...only, ...ofType, ...from, count, order }));
  call.budget.take(versions.length, 'the history');
  const first = `${baseUrl}${path}?_count=${count}${filter}`;
  const at = (text: string): string => `${first}&_cursor=${encodeURIComponent(text)}`;
  const pageAt = (position: string): string => at(pageLinks.sealHistory(path, position));
  const links: Link[] = [{ relation: 'self', url: given === undefined ? first : at(given) }];
  if (previous !== undefined) links.push({ relation: 'previous', url: pageAt(previous) });
  if (next !== undefined) links.push({ relation: 'next', url: pageAt(next) });
  return historyBundle({ baseUrl, timeZone, settled }, undefined, links, versions, call.budget);
}

type HistoryOfPage = Awaited<ReturnType<ResourceStore['historyOf']>>;

const nothing: Partial<HistoryOfPage> & Pick<HistoryOfPage, 'versions'> = { versions: [] };

/** The store throws a TypeError for a cursor that it did not make. */
async function found(page: Promise<HistoryOfPage>): Promise<HistoryOfPage> {
  try {
    return await page;
  } catch (error) {
    if (!(error instanceof TypeError && error.message.includes('position in a history'))) throw error;
    invalid('_cursor', '_cursor is taken from a "next" or "previous" link as it is; this one is from none.');
  }
}
