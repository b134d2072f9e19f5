/**
 * CPU of the decision about one read: a resource is read alternately through the store of a caller and without it. The difference is the
 * cost of the decision, including its queries to PostgreSQL.
 */
import type { Sql } from '@dhp/postgres';
import type { Access } from '../../apps/fhir/src/contract/access.ts';
import { Caller } from '../../apps/fhir/src/access/caller.ts';
import { createAccessControl } from '../../apps/fhir/src/access/access-control.ts';
import type { ReadRule, RuleServices } from '../../apps/fhir/src/access/read-rules.ts';
import type { TestServer } from '../../apps/fhir/test/environment.ts';
import { postgresCpu } from '../../packages/fhir-store/bench/postgres-cpu.ts';

/** Services of a server and the rights of a caller, as a request brings them. */
export interface Caught {
  services: ConstructorParameters<typeof Caller>[0] | undefined;
  access: Access | undefined;
}

/**
 * A rule that permits everything and captures the services and access of one client; other rules also query whether labels are in force.
 */
export function catching(client: string): { readonly caught: Caught; readonly rule: ReadRule } {
  const caught: Caught = { services: undefined, access: undefined };
  const leaves = (services: RuleServices, access: Access) => {
    if (access.clientId === client) {
      caught.services = services as NonNullable<Caught['services']>;
      caught.access = access;
    }
    return () => true as const;
  };
  return { caught, rule: { name: 'catching', refuses: [], leaves } };
}

/** Microseconds of CPU of a decision. */
export interface DecisionCost {
  readonly server: number;
  readonly postgres: number;
}

/** Cached are the caller and the decision about the version, the caller only, or nothing. */
export const situations = ['a resource again', 'another resource', 'the first request of a token'] as const;
export type Situation = (typeof situations)[number];

export interface Asked {
  readonly server: TestServer;
  readonly sql: Sql;
  readonly caught: Caught;
  /** Of Observations. */
  readonly ids: readonly string[];
}

/**
 * The cost beyond a read of the same resource. The server's share is measured with a store that answers at once from recorded answers,
 * since the difference of two reads of a database is too noisy for a few microseconds; the cost of the query in the driver and PostgreSQL
 * is measured by running the statement alternately with it and without.
 */
export async function decisionCost({ server, sql, caught, ids }: Asked, situation: Situation): Promise<DecisionCost> {
  const { services, access } = caught;
  if (services === undefined || access === undefined) throw new Error('no request was decided yet');
  const { unguarded } = services;
  const { store, asked } = await remembering(unguarded, ids, situation);
  const own = { ...services, unguarded: store, store };
  const control = createAccessControl(server.store);
  const known = new Caller(own, access, control);
  const idOf = (n: number): string => ids[n % ids.length]!;
  const decide = async (n: number): Promise<void> => {
    const caller = situation === 'the first request of a token' ? new Caller(own, { ...access }, control) : known;
    const version = await caller.services('r').store.read('Observation', idOf(n));
    if (version === undefined) throw new Error(`${idOf(n)} is not shown`);
  };
  for (const n of ids.keys()) await decide(n);
  const decided = await differenceOf(sql, 150, decide, (n) => store.read('Observation', idOf(n)));
  const question = asked();
  if (question === undefined) return { server: decided.server, postgres: 0 };
  const answered = await differenceOf(
    sql,
    30,
    (n) => unguarded.read('Observation', idOf(n), question),
    (n) => unguarded.read('Observation', idOf(n)),
  );
  return { server: decided.server + answered.server, postgres: answered.postgres };
}

type Unguarded = NonNullable<Caught['services']>['unguarded'];
type AskedOfRead = Parameters<Unguarded['read']>[2];

/**
 * The store with recorded answers for some resources, and the last query. If no decision is to be cached, each version has a different
 * time.
 */
async function remembering(
  unguarded: Unguarded,
  ids: readonly string[],
  situation: Situation,
): Promise<{ readonly store: Unguarded; readonly asked: () => AskedOfRead }> {
  const plain = new Map(
    await Promise.all(ids.map(async (id) => [id, await unguarded.read('Observation', id)] as const)),
  );
  const told = new Map<string, Awaited<ReturnType<Unguarded['read']>>>();
  let last: AskedOfRead;
  let fresh = 0;
  const read: Unguarded['read'] = async (type, id, asked) => {
    if (asked === undefined) return plain.get(id);
    last = asked;
    let first = told.get(id);
    if (first === undefined) told.set(id, (first = await unguarded.read(type, id, asked)));
    if (first === undefined) return undefined;
    const version = { ...first };
    // It is true of the question of this read.
    if (first.unrefused !== undefined && asked.consents !== undefined) version.unrefused = asked.consents;
    if (first.hasOneOf !== undefined && asked.keys !== undefined) version.hasOneOf = asked.keys;
    if (situation !== 'a resource again') version.lastUpdated = new Date((fresh += 1));
    return version;
  };
  return { store: { ...unguarded, read }, asked: () => last };
}

const rounds = 48;

/**
 * The difference in cost: the median of the differences of many short rounds, each measured at nearly the same moment. Other load on the
 * machine affects both.
 * @param count in a round
 */
async function differenceOf(
  sql: Sql,
  count: number,
  work: (n: number) => Promise<unknown>,
  without: (n: number) => Promise<unknown>,
): Promise<DecisionCost> {
  const found: DecisionCost[] = [];
  for (const each of [work, without]) await spent(sql, 5 * count, each);
  for (let round = 0; round < rounds; round += 1) {
    const [one, other] = [await spent(sql, count, work), await spent(sql, count, without)];
    found.push({ server: one.server - other.server, postgres: one.postgres - other.postgres });
  }
  const median = (of: (cost: DecisionCost) => number): number =>
    Math.max(0, found.map(of).sort((one, other) => one - other)[rounds / 2]!);
  return { server: median(({ server }) => server), postgres: median(({ postgres }) => postgres) };
}

async function spent(sql: Sql, times: number, work: (n: number) => Promise<unknown>): Promise<DecisionCost> {
  // Reading the CPU time of PostgreSQL takes some CPU here.
  const theirs = (await postgresCpu(sql)) ?? Number.NaN;
  const own = process.cpuUsage();
  for (let n = 0; n < times; n += 1) await work(n);
  const { user, system } = process.cpuUsage(own);
  const postgres = ((await postgresCpu(sql)) ?? Number.NaN) - theirs;
  return { server: (user + system) / times, postgres: (postgres * 1_000) / times };
}
