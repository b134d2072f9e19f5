/** Any search: parse, narrow to what the caller may see, query the store, build the Bundle. */
import type { UnderstoodSearch } from '@dhp/search-index';
import { chooseLanguage, type Language } from '@dhp/negotiation';
import type { Answer } from '../contract/answer.ts';
import { headerOf, type Call, type Services } from '../contract/interaction.ts';
import type { ReadPermission, SearchPage } from '@dhp/fhir-store';
import { builtInFrom, builtInMatches, withBuiltIn } from './built-in.ts';
import { withKept } from './kept-parameters.ts';
import type { Position } from '../contract/page-links.ts';
import { readParameters } from './parameters.ts';
import { maxCount, maxIncluded, pageAsked, totalOf, type PageAsked } from './results.ts';
import { requireExplain, type SearchScope } from './scope.ts';
import { searchLinks } from './search-links.ts';
import { includesCut, searchOutcome, type SearchNotice } from './search-notices.ts';
import { searchsetBundle } from './searchset.ts';
import { fromStore } from '../http/store-failure.ts';
import { noticesOf, understood, whileParametersChange } from './understood.ts';
import { json } from '../http/respond.ts';

/**
 * The answer to a search: a Bundle of type searchset. Fails for errors in the parameters, for types that the caller may not search, and
 * when the store cannot answer. https://hl7.org/fhir/R5/search.html
 */
export async function searchBundle(services: Services, call: Call, scope: SearchScope): Promise<Answer> {
  return whileParametersChange(() => understoodAndCarriedOut(services, call, scope));
}

type Store = Services['store'];

/** The stored part of a page of only built-in matches: nothing but the total, if it is wanted. */
async function countedAlone(
  store: Store,
  { cursor: _, ...request }: Parameters<Store['search']>[0],
): Promise<SearchPage> {
  if (request.total === 'none') return { matches: [], included: [], includesCut: false };
  return store.search({ ...request, count: 0 });
}

/** @throws SearchParametersChanged when the parameters differ from those with which the search was parsed */
async function understoodAndCarriedOut(services: Services, call: Call, scope: SearchScope): Promise<Answer> {
  const { access } = call;
  if (access === undefined) throw new Error('a search came without access');
  const parameters = readParameters(await withKept(services, call.query));
  const { parsed, permitted } = await understood(services, call, scope, parameters.searched);
  const { applied, texts } = parsed;
  const links = searchLinks(services, call, { path: scope.path, applied, texts, ...parameters });
  const { position } = links;
  const asked = pageAsked(parsed, position);
  const request = {
    query: parsed.query,
    access: permitted,
    count: asked.count,
    total: asked.total,
    scored: parsed.result.score === true,
    includeLimit: maxIncluded,
    budget: call.budget,
    ...(position === undefined ? {} : { cursor: position.cursor }),
  };
  const { store } = services;
  if (parsed.result.explain === true) {
    requireExplain(access);
    return explanation(parsed, await fromStore(() => store.explain(request), scope));
  }
  const from = builtInFrom(position);
  const builtIn = await builtInMatches(services, call, scope, { parsed, permitted });
  const stored = await fromStore(
    () => (from === undefined ? store.search(request) : countedAlone(store, request)),
    scope,
  );
  const page = withBuiltIn(stored, builtIn, { count: asked.count, from });
  call.budget.take(page.matches.length + page.builtIn.length + page.included.length, `the page of ${scope.path}`);

  const total = totalOf(page, position, parsed);
  const told = notices(parsed, asked, page, total, permitted);
  const language = (): Language => chooseLanguage(headerOf(call, 'accept-language'), services.defaultLanguage);
  const searchset = {
    total: total?.value,
    links: await links.of(asked, page, total),
    matches: page.matches,
    builtIn: page.builtIn,
    scores: page.scores,
    included: page.included,
    outcome: told.length === 0 ? undefined : searchOutcome(told, language()),
  };
  const answer = await searchsetBundle(services.baseUrl, searchset, call.budget);
  if (told.length > 0) Object.assign(answer.headers, { 'content-language': language(), vary: 'Accept-Language' });
  return answer;
}

function notices(
  parsed: UnderstoodSearch,
  { isLimited }: PageAsked,
  page: SearchPage,
  total: Position['total'],
  permitted: ReadPermission,
): SearchNotice[] {
  const told = noticesOf(parsed, permitted);
  if (isLimited) told.push({ code: 'search-count-limited', values: { limit: maxCount }, parameter: '_count' });
  if (page.includesCut) told.push(includesCut(maxIncluded));
  if (total?.accurate === false) told.push({ code: 'search-total-estimated', parameter: '_total' });
  return told;
}

/**
 * `_explain`: a search as it was understood and how the database carries it out, as Parameters.
 * @param told what the store says, one member a parameter; what is no string, number or boolean as JSON
 */
function explanation({ query }: UnderstoodSearch, told: object): Answer {
  const parameter = Object.entries({ query, ...told }).map(([name, value]: [string, unknown]) => {
    if (typeof value === 'string') return { name, valueString: value };
    if (typeof value === 'number') return { name, valueDecimal: value };
    return { name, valueString: JSON.stringify(value, bigintAsText, 2) };
  });
  return json(JSON.stringify({ resourceType: 'Parameters', parameter }), { 'cache-control': 'no-store' });
}

function bigintAsText(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}
