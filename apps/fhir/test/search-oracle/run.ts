/** Random searches over HTTP, each compared with what a loop over the JSON of all resources finds. */
import assert from 'node:assert/strict';
import { randomSource } from '../../../../tests/random.ts';
import type { TestServer } from '../environment.ts';
import { criterion, type Criterion, type World } from './criteria.ts';
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
  let telling = 0;
  for (let n = from; n < from + count; n += 1) {
    const random = randomSource(seed, n);
    const type = random.pick(['Patient', 'Observation', 'Observation', ...world.byType.keys()]);
    const criteria = Array.from({ length: random.pick([1, 1, 1, 2, 2, 3]) }, () =>
      criterion(random, type, random.pick([0, 1, 1, 2, 3]), world),
    );
    const all = world.byType.get(type)!;
    const wanted = all.filter((one) => criteria.every(({ meets }) => meets(one))).map(({ id }) => id);
    if (wanted.length > 0 && wanted.length < all.length) telling += 1;
    const query = addressOf(random, criteria);
    const fault = await differenceOf(server, type, query, wanted, random);
    if (fault !== undefined)
      faults.push(
        `search ${n} of seed ${seed}: ${type}?${decodeURIComponent(query)}\n  GET /${type}?${query}\n  ${fault}`,
      );
  }
  return { searches: count, telling, faults };
}

async function differenceOf(
  server: TestServer,
  type: string,
  query: string,
  wanted: readonly string[],
  random: Chance,
): Promise<string | undefined> {
  const count = random.pick([1000, 1000, 7]);
  const found: string[] = [];
  const isForm = random.oneIn(4);
  const parameters = `${query}&_count=${count}&_total=accurate&_elements=id`;
  let reply = isForm
    ? await server.request('POST', `/${type}/_search`, {
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: parameters,
      })
    : await server.request('GET', `/${type}?${parameters}`);
  for (let pages = 1; ; pages += 1) {
    if (reply.status !== 200) return `${reply.status} ${reply.diagnostics}`;
    const {
      entry = [],
      link = [],
      total,
    } = reply.json as {
      entry?: { resource: Resource; search?: { mode: string } }[];
      link?: { relation: string; url: string }[];
      total?: number;
    };
    if (total !== wanted.length)
      return `total ${total}, expected ${wanted.length}; found ${entry
        .map(({ resource }) => resource.id)
        .slice(0, 8)
        .join(' ')}; expected ${wanted.slice(0, 8).join(' ')}; ${differing(
        entry.map(({ resource }) => resource.id),
        wanted,
      )}`;
    for (const { resource, search } of entry) {
      if (search?.mode === 'outcome') return `an outcome: ${JSON.stringify(resource)}`;
      found.push(resource.id);
    }
    const next = link.find(({ relation }) => relation === 'next');
    if (next === undefined || pages === 4) {
      if (
        next === undefined
          ? found.toSorted().join() !== wanted.toSorted().join()
          : new Set(found).size !== found.length || found.some((id) => !wanted.includes(id))
      )
        return differing(found, wanted);
      return undefined;
    }
    reply = await server.request('GET', next.url.slice(next.url.indexOf('/fhir') + '/fhir'.length));
  }
}

function differing(found: readonly string[], wanted: readonly string[]): string {
  const [extra, lost] = [found.filter((id) => !wanted.includes(id)), wanted.filter((id) => !found.includes(id))];
  return `found beside what should be: ${extra.slice(0, 5).join(' ') || 'nothing'}; lost: ${lost.slice(0, 5).join(' ') || 'nothing'}`;
}
