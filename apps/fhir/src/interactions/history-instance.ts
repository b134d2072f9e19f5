import { fail } from '../http/errors.ts';
import { historyBundle, type Link } from './history-bundle.ts';
import { invalid, readHistoryQuery, wholeNumber } from './history-query.ts';
import { readList } from './history-list.ts';
import type { Interaction } from '../contract/interaction.ts';
import { resourceUrl } from '../http/urls.ts';

/**
 * The versions of a resource, in pages. A page is identified by the version that it ends before or begins after, so that its content does
 * not change when new versions are stored. https://hl7.org/fhir/R5/http.html#history
 */
export const historyInstance: Interaction = async (services, call) => {
  const { store, baseUrl, timeZone } = services;
  const { type, id, query } = call;
  const { count, times, filter, order } = readHistoryQuery(query, timeZone);
  const only = await readList(services, call, [type]);
  const before = wholeNumber(query, '_before');
  const after = wholeNumber(query, '_after');
  if (before !== undefined && after !== undefined) invalid('_after', 'Of _before and _after there is one.');
  const isNewestFirst = order === 'newest-first';
  // Towards older versions, unless a link says otherwise.
  const isDown = before !== undefined || (after === undefined && isNewestFirst);
  const range = isDown ? (before === undefined ? {} : { before }) : { after: after ?? 0 };
  // One more than the page says whether there is another one that way.
  const { versions, total } = await store.history(type, id, { ...times, ...only, ...range, count: count + 1 });
  call.budget.take(versions.length, 'the history');
  const exists = total === undefined || total > 0 || (filter !== '' && (await store.read(type, id)) !== undefined);
  if (!exists) fail('resource-not-found', { type, id }, { diagnostics: `${type}/${id} has never existed here.` });
  const page = versions.slice(0, count);
  if (isDown !== isNewestFirst) page.reverse();

  const self = `${resourceUrl(baseUrl, { type, id })}/_history?_count=${count}${filter}`;
  const position = before !== undefined ? `&_before=${before}` : after !== undefined ? `&_after=${after}` : '';
  const links: Link[] = [{ relation: 'self', url: self + position }];
  const [first, last] = [page[0]?.versionId, page.at(-1)?.versionId];
  const [hasMore, hasCome] = [versions.length > count, position !== ''];
  const isForward = isDown === isNewestFirst;
  if (first !== undefined && (isForward ? hasCome : hasMore)) {
    links.push({ relation: 'previous', url: `${self}&${isNewestFirst ? '_after' : '_before'}=${first}` });
  }
  if (last !== undefined && (isForward ? hasMore : hasCome)) {
    links.push({ relation: 'next', url: `${self}&${isNewestFirst ? '_before' : '_after'}=${last}` });
  }
  return historyBundle({ baseUrl, timeZone }, total, links, page, call.budget);
};
