/** `Patient/$everything` and `Encounter/$everything`. https://hl7.org/fhir/R5/patient-operation-everything.html */
import type { SearchQuery } from '@dhp/search-index';
import type { ReadPermission, SearchPage } from '@dhp/fhir-store';
import { requireSearch } from '../http/access.ts';
import type { Access } from '../contract/access.ts';
import { fhirLines, json } from '../http/respond.ts';
import type { Answer } from '../contract/answer.ts';
import { headerOf, type Call, type Services } from '../contract/interaction.ts';
import { type Language, chooseLanguage } from '@dhp/negotiation';
import { queryString } from '../search/parameters.ts';
import { parseOptions } from '../search/understood.ts';
import { searchAccess } from '../search/search-access.ts';
import { includesCut, searchOutcome } from '../search/search-notices.ts';
import { searchsetBundle, type SearchLink } from '../search/searchset.ts';
import { fromStore } from '../http/store-failure.ts';
import { fail } from '../http/errors.ts';
import { wantsLines } from '../http/accept.ts';
import { invalid } from './input.ts';
import { requireCurrent } from '../interactions/current.ts';
import { everythingQuery, readEverything, type About, type Everything } from './everything-query.ts';
import type { Input } from './operation.ts';
import { streamedSearchset } from './streamed-searchset.ts';

/** Matches that are read at a time, where all are wanted. */
const part = 500;
const maxCount = 1000;
/** Most included resources of a page. */
const maxIncluded = 5000;

/** Parameters of the form of pages, which their links repeat. */
const presented = ['_summary', '_elements', '_format', '_pretty'];

/** Most patients whose records one answer contains, when the operation is invoked on the type. */
const maxPatients = 100;

/** Cost of a resource beside that of a row: references in all its elements are followed. */
const unitsOfMember = 20;

/**
 * The resource, those in its compartment, and those that they refer to, of all types that the caller may search. Without `_count` all in
 * one Bundle, which is made while it is sent: memory holds a part of it only; when more rows are read than a request may read, the
 * connection is ended, so that no client takes a part for the whole. On the type `Patient` it is about all patients whom the caller may
 * see, and fails with `operation-too-costly` where these are more than a family or a small practice.
 */
export async function everything(services: Services, call: Call, input: Input): Promise<Answer> {
  const { access, type, id } = call;
  if (access === undefined) throw new Error('an operation came without access');
  const options = parseOptions(services, call);
  const permitted = searchAccess(services);
  const asked = readEverything(input, type, services.timeZone);
  const asLines = isOfLines(call, asked);
  const about = id === '' ? await patientsOf(services, access) : await oneAt(services, call, permitted);
  const query = everythingQuery(about, asked, { permitted, options });
  const path = `/${type}${id === '' ? '' : `/${id}`}/$everything`;
  const search: Search = async (part, count, cursor) => {
    const request = { query: part, access: permitted, count, includeLimit: maxIncluded, budget: call.budget };
    const from = cursor === undefined ? request : { ...request, cursor };
    const scope = { path, interaction: '$everything', of: type };
    const page = await fromStore(() => services.store.search(from), scope);
    call.budget.take(page.matches.length + page.included.length, path);
    call.budget.spend(unitsOfMember * page.matches.length, path);
    return onlyAsked(page, asked);
  };
  const named = `${path}?${queryString(asked.parameters)}`.replace(/\?$/, '');
  if (asked.count !== undefined) return onePage(services, call, { named, query, count: asked.count, search });

  // The resource itself is found at once, and is on its way while its compartment is searched.
  const [own, others] = apart(query, type);
  const first = own.branches.length === 0 ? undefined : await search(own, part, undefined);
  const pages = async function* (): AsyncGenerator<SearchPage> {
    if (first !== undefined) yield* following(search, own, first);
    if (others.branches.length > 0) yield* following(search, others, await search(others, part, undefined));
  };
  const links = [{ relation: 'self' as const, url: services.baseUrl + named }];
  const { headers } = json('');
  const form = asLines ? { 'content-type': fhirLines } : {};
  const { language, vary } = languageOf(services, call);
  const outcomeOfCut = searchOutcome([includesCut(maxIncluded)], language);
  const stream = streamedSearchset(services, { links, pages: pages(), budget: call.budget, outcomeOfCut, asLines });
  return { status: 200, headers: { ...headers, ...form, ...vary, 'cache-control': 'private, no-cache' }, stream };
}

/** Fails with `parameter-invalid` where it cannot be: pages have links, parts of resources are those of a Bundle, and an entry or a job answers with a resource. */
function isOfLines({ headers, query, work, isEntry = false }: Call, { asLines, count }: Everything): boolean {
  const isAlone = work === undefined && !isEntry;
  const isWanted = asLines === true || (isAlone && wantsLines(headers.accept, query));
  if (!isWanted) return false;
  const name =
    count === undefined ? ['_summary', '_elements', '_pretty'].find((one) => query[one] !== undefined) : '_count';
  if (name !== undefined) invalid(name, `${name} is for a Bundle. Leave it out, or _outputFormat and Accept.`);
  if (!isAlone)
    invalid(
      '_outputFormat',
      'An entry of a Bundle, and a job, answer with a resource. Ask for NDJSON by itself, or take $export.',
    );
  return true;
}

async function oneAt({ store }: Services, { type, id }: Call, permitted: ReadPermission): Promise<About> {
  // A caller without permission does not learn whether the resource exists.
  if (permitted(type) === false)
    fail('resource-not-found', { type, id }, { diagnostics: `${type}/${id} has never existed here.` });
  requireCurrent(await store.read(type, id), type, id);
  return type === 'Encounter' ? { encounter: id } : { patients: [id] };
}

/** The patients whom the caller may see. */
async function patientsOf(services: Services, access: Access): Promise<About> {
  requireSearch(access, 'Patient', '$everything');
  const permitted = searchAccess(services);
  const scope = { path: '/Patient/$everything', interaction: '$everything', of: 'Patient' };
  // Each page asks again, and none reads them for it.
  const found = await fromStore(
    () => services.store.find('Patient', { op: 'all', of: [] }, maxPatients + 1, permitted),
    scope,
  );
  if (found.length > maxPatients) {
    const diagnostics = `This token is for more than ${String(maxPatients)} patients. Invoke it on one: Patient/{id}/$everything.`;
    fail('operation-too-costly', { operation: '$everything' }, { diagnostics });
  }
  return { patients: found.map(({ id }) => id) };
}

type Search = (query: SearchQuery, count: number, cursor: string | undefined) => Promise<SearchPage>;

/** A page and those behind it. */
async function* following(search: Search, query: SearchQuery, first: SearchPage): AsyncGenerator<SearchPage> {
  for (let page = first; ; page = await search(query, part, page.next)) {
    yield page;
    if (page.next === undefined) return;
  }
}

/** The search of one type, and that of the others. */
function apart(query: SearchQuery, own: string): [SearchQuery, SearchQuery] {
  const of = (isOwn: boolean): SearchQuery => ({
    ...query,
    branches: query.branches.filter(({ type }) => (type === own) === isOwn),
  });
  return [of(true), of(false)];
}

function languageOf({ defaultLanguage }: Services, call: Call): { language: Language; vary: { vary: string } } {
  return {
    language: chooseLanguage(headerOf(call, 'accept-language'), defaultLanguage),
    vary: { vary: 'Accept-Language' },
  };
}

async function onePage(
  services: Services,
  call: Call,
  o: { named: string; query: SearchQuery; count: number; search: Search },
): Promise<Answer> {
  const { named, search } = o;
  const { baseUrl, pageLinks } = services;
  const given = call.query['_cursor'];
  const shown = queryString(presented.flatMap((name) => [call.query[name] ?? []].flat().map((value) => [name, value])));
  const address = shown === '' ? baseUrl + named : `${baseUrl}${named}&${shown}`;
  const position = given === undefined ? undefined : pageLinks.open(named, String(given));
  const page = await search(o.query, Math.min(o.count, maxCount), position?.cursor);
  const urlOf = (cursor: string): string => `${address}&_cursor=${pageLinks.seal(named, { cursor })}`;
  const links: SearchLink[] = [
    { relation: 'self', url: position === undefined ? address : `${address}&_cursor=${String(given)}` },
  ];
  if (page.previous !== undefined) links.push({ relation: 'previous', url: urlOf(page.previous) });
  if (page.next !== undefined) links.push({ relation: 'next', url: urlOf(page.next) });
  const { matches, included } = page;
  const { language, vary } = languageOf(services, call);
  const outcome = page.includesCut ? searchOutcome([includesCut(maxIncluded)], language) : undefined;
  const answer = await searchsetBundle(baseUrl, { total: undefined, links, matches, included, outcome }, call.budget);
  if (outcome !== undefined) Object.assign(answer.headers, { 'content-language': language, ...vary });
  return answer;
}

/** `_type` also applies to included resources. */
function onlyAsked(page: SearchPage, { types }: Everything): SearchPage {
  return types === undefined ? page : { ...page, included: page.included.filter(({ type }) => types.has(type)) };
}
