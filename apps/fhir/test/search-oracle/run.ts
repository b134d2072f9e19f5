/** Random searches over HTTP, each compared with what a loop over the JSON of all resources finds. */
import assert from 'node:assert/strict';
import { randomSource } from '../../../../tests/random.ts';
import type { Reply, TestServer } from '../environment.ts';
import { includedBy, isSorted, sortOf, type Sort } from './answers.ts';
import { criterion, type Criterion, type World } from './criteria.ts';
import { special } from './special.ts';
import { sourceOf, terminology, worldOf, type Chance, type Json, type Resource } from './world.ts';

/** How many of each type, for one hundred Patients. */
const shares: Readonly<Record<string, number>> = {
  ...{
    Patient: 100,
    Practitioner: 12,
    Organization: 12,
    Encounter: 120,
    Observation: 400,
    Condition: 120,
    RiskAssessment: 60,
  },
  ...{ DiagnosticReport: 80, Location: 20, Questionnaire: 24, QuestionnaireResponse: 40, List: 6, Group: 6 },
};

export interface Compared {
  readonly searches: number;
  /** Searches that found something, and not everything. */
  readonly telling: number;
  /** Searches that the limit of time ended, which says so: docs/search.md#limits. */
  readonly ended: number;
  /** Searches with a total that is told as an estimate: it was not counted in the time that a total may take. */
  readonly estimated: number;
  /** The parameters to send, and the fault in them. */
  readonly faults: readonly string[];
}

/** Stores the resources of a seed, `hundreds` of Patients with all that is about them. */
export async function storeWorld(server: TestServer, seed: number, hundreds: number, baseUrl: string): Promise<World> {
  const counts = Object.fromEntries(
    Object.entries(shares).map(([type, share]) => [type, Math.max(3, Math.round(share * hundreds))]),
  );
  const made = worldOf(seed, counts);
  const entries = [...terminology, ...made].map(
    (one) => `{"resource":${sourceOf(one)},"request":{"method":"PUT","url":"${one.resourceType}/${one.id}"}}`,
  );
  const some = 250;
  for (let from = 0; from < entries.length; from += some) {
    const body = `{"resourceType":"Bundle","type":"batch","entry":[${entries.slice(from, from + some).join(',')}]}`;
    const reply = await server.request('POST', '', {
      headers: { 'content-type': 'application/fhir+json', prefer: 'return=minimal' },
      body,
    });
    assert.equal(reply.status, 200, reply.text);
    const answers = reply.json['entry'] as { response: { status: string; lastModified?: string; outcome?: unknown } }[];
    for (const [n, { response }] of answers.entries()) {
      assert.equal(response.status, '201 Created', JSON.stringify({ response, entry: entries[from + n] }));
      const resource = made[from + n - terminology.length];
      if (resource !== undefined)
        resource['meta'] = { ...(resource['meta'] as Json | undefined), lastUpdated: response.lastModified };
    }
  }
  const byType = Map.groupBy(made, ({ resourceType }) => resourceType);
  return { all: new Map(made.map((one) => [`${one.resourceType}/${one.id}`, one])), byType, counts, baseUrl };
}

/** The address of a search in one of the ways that clients write it. */
function addressOf({ oneIn }: Chance, criteria: readonly Criterion[]): string {
  const isForm = oneIn(2);
  const encode = (text: string): string =>
    isForm ? encodeURIComponent(text).replaceAll('%20', '+') : encodeURIComponent(text).replaceAll('%3A', ':');
  return criteria.map(({ name, value }) => `${encode(name)}=${encode(value)}`).join('&');
}

export interface RunOptions {
  readonly server: TestServer;
  readonly world: World;
  readonly seed: number;
  readonly from: number;
  readonly count: number;
}

/** Sends the searches and returns what differed. */
export async function compareSearches({ server, world, seed, from, count }: RunOptions): Promise<Compared> {
  const faults: string[] = [];
  let [telling, ended, estimated] = [0, 0, 0];
  const onEstimate = (): void => void (estimated += 1);
  for (let n = from; n < from + count; n += 1) {
    const random = randomSource(seed, n);
    const type = random.pick(['Patient', 'Observation', 'Observation', ...world.byType.keys()]);
    const criteria = Array.from({ length: random.pick([1, 1, 1, 2, 2, 3]) }, () =>
      random.oneIn(5) ? special(random, type, world) : criterion(random, type, random.pick([0, 1, 1, 2, 3]), world),
    );
    const all = world.byType.get(type)!;
    const wanted = all.filter((one) => criteria.every(({ meets }) => meets(one))).map(({ id }) => id);
    if (wanted.length > 0 && wanted.length < all.length) telling += 1;
    const search = { type, query: addressOf(random, criteria), wanted, sort: sortOf(random, type) };
    const fault =
      (await differenceOf({ server, world, onEstimate }, search, random)) ??
      (await includesOf(server, world, search, random));
    if (fault === timeLimit) ended += 1;
    else if (fault !== undefined)
      faults.push(
        `search ${n} of seed ${seed}: ${type}?${decodeURIComponent(search.query)}\n  GET /${type}?${search.query}\n  ${fault}`,
      );
  }
  return { searches: count, telling, ended, estimated, faults };
}

const timeLimit = 'ended by its time limit';

const failureOf = ({ status, code, diagnostics }: Reply): string =>
  status === 503 && code === 'search-timeout' ? timeLimit : `${status} ${diagnostics}`;

interface Search {
  readonly type: string;
  readonly query: string;
  /** Ids of what is to be found. */
  readonly wanted: readonly string[];
  readonly sort: Sort | undefined;
}

interface Page {
  readonly entry?: readonly { readonly resource: Resource; readonly search?: { readonly mode: string } }[];
  readonly link?: readonly { readonly relation: string; readonly url: string }[];
  readonly total?: number;
}

interface Comparing {
  readonly server: TestServer;
  readonly world: World;
  readonly onEstimate: () => void;
}

/** Goes through up to four pages: the total of each, no match that is wrong or comes twice, and, where these are all, none missing, in the right order. */
async function differenceOf(
  { server, world: { all }, onEstimate }: Comparing,
  { type, query, wanted, sort }: Search,
  random: Chance,
): Promise<string | undefined> {
  const found: string[] = [];
  const order = sort === undefined ? '' : `&_sort=${sort.text}`;
  const parameters = `${query}&_count=${random.pick([1000, 1000, 7])}&_total=accurate&_elements=id${order}`;
  const form = { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: parameters };
  let reply = random.oneIn(4)
    ? await server.request('POST', `/${type}/_search`, form)
    : await server.request('GET', `/${type}?${parameters}`);
  for (let pages = 1; ; pages += 1) {
    if (reply.status !== 200) return failureOf(reply);
    const { entry = [], link = [], total } = reply.json as Page;
    const outcomes = entry.filter(({ search }) => search?.mode === 'outcome');
    const isEstimated = outcomes.length === 1 && JSON.stringify(outcomes).includes('"search-total-estimated"');
    if (outcomes.length > 0 && !isEstimated) return `an outcome: ${JSON.stringify(outcomes)}`;
    if (isEstimated && pages === 1) onEstimate();
    found.push(...entry.filter((one) => !outcomes.includes(one)).map(({ resource }) => resource.id));
    if (!isEstimated && total !== wanted.length)
      return `total ${total}, expected ${wanted.length}; ${differing(found, wanted)}`;
    const next = link.find(({ relation }) => relation === 'next');
    if (next === undefined || pages === 4) {
      const isWrong = new Set(found).size !== found.length || found.some((id) => !wanted.includes(id));
      if (isWrong || (next === undefined && found.length !== wanted.length)) return differing(found, wanted);
      const ordered = found.map((id) => all.get(`${type}/${id}`)!);
      return sort === undefined || isSorted(sort, ordered)
        ? undefined
        : `not in the order ${sort.text}: ${found.join(' ')}`;
    }
    reply = await server.request('GET', next.url.slice(next.url.indexOf('/fhir') + '/fhir'.length));
  }
}

/** Resources that one page brings along by `_include` or `_revinclude`. */
async function includesOf(
  server: TestServer,
  world: World,
  { type, query, wanted }: Search,
  random: Chance,
): Promise<string | undefined> {
  const included = random.oneIn(3) && wanted.length > 0 ? includedBy(random, type, world) : undefined;
  if (included === undefined) return undefined;
  const reply = await server.request('GET', `/${type}?${query}&_count=${random.pick([3, 50])}&${included.query}`);
  if (reply.status !== 200) return failureOf(reply);
  const { entry = [] } = reply.json as Page;
  const keys = (mode: string): string[] =>
    entry
      .filter(({ search }) => search?.mode === mode)
      .map(({ resource }) => `${resource.resourceType}/${resource.id}`);
  const wantedKeys = included.of(keys('match').map((key) => world.all.get(key)!));
  const found = keys('include');
  const isRight = found.length === wantedKeys.size && found.every((key) => wantedKeys.has(key));
  return isRight ? undefined : `&${included.query}: ${differing(found, [...wantedKeys])}`;
}

function differing(found: readonly string[], wanted: readonly string[]): string {
  const extra = found.filter((id) => !wanted.includes(id));
  const lost = wanted.filter((id) => !found.includes(id));
  const some = (ids: readonly string[]): string => ids.slice(0, 5).join(' ') || 'nothing';
  return `found beside what should be: ${some(extra)}; not found: ${some(lost)}`;
}
