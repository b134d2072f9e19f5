/**
 * CPU of the decision about a read by itself: a resource is read through the store of a caller, and without it, in turn. The difference is the decision, with
 * what it asks of PostgreSQL.
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

/** A rule that leaves everything, and catches by what it is asked for a client; others ask, too, whether labels are in force. */
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

/** At hand are the caller and the decision about the version, the caller alone, or nothing. */
export const situations = ['a resource again', 'another resource', 'the first request of a token'] as const;
export type Situation = (typeof situations)[number];

export interface Asked {
  readonly server: TestServer;
  readonly sql: Sql;
  readonly caught: Caught;
  /** Of Observations. */
  readonly ids: readonly string[];
}

/** The cost beyond that of a read of the same without a decision: the question to the database is a part of the statement that reads. */
export async function decisionCost({ server, sql, caught, ids }: Asked, situation: Situation): Promise<DecisionCost> {
  const { services, access } = caught;
  if (services === undefined || access === undefined) throw new Error('no request was decided yet');
  const unguarded = situation === 'a resource again' ? services.unguarded : neverSeen(services.unguarded);
  const own = { ...services, unguarded, store: unguarded };
  const control = createAccessControl(server.store);
  const known = new Caller(own, access, control);
  const decide = async (n: number): Promise<void> => {
    const caller = situation === 'the first request of a token' ? new Caller(own, { ...access }, control) : known;
    const version = await caller.services('r').store.read('Observation', ids[n % ids.length]!);
    if (version === undefined) throw new Error(`${ids[n % ids.length]!} is not shown`);
  };
  const plain = async (n: number): Promise<void> => {
    await unguarded.read('Observation', ids[n % ids.length]!);
  };
  const [one, other] = await leastOf(sql, decide, plain);
  return { server: Math.max(0, one.server - other.server), postgres: Math.max(0, one.postgres - other.postgres) };
}

type Unguarded = NonNullable<Caught['services']>['unguarded'];

/** Each version has a time of its own, so that no decision about it is known. */
function neverSeen(store: Unguarded): Unguarded {
  let fresh = 0;
  return {
    ...store,
    async read(...asked) {
      const version = await store.read(...asked);
      return version && { ...version, lastUpdated: new Date((fresh += 1)) };
    },
  };
}

/** Many short rounds: some of them are disturbed by nobody. */
const [rounds, count] = [48, 60];

/** Of both in turn the dearest of the cheapest eighth of the rounds: what else the machine does only adds, and what is collected as garbage belongs to it. */
async function leastOf(sql: Sql, ...works: ((n: number) => Promise<void>)[]): Promise<[DecisionCost, DecisionCost]> {
  const costs = works.map((): DecisionCost[] => []);
  for (const work of works) await spent(sql, 5 * count, work);
  for (let round = 0; round < rounds; round += 1)
    for (const [n, work] of works.entries()) costs[n]!.push(await spent(sql, count, work));
  const cheap = (of: (cost: DecisionCost) => number, n: number): number =>
    costs[n]!.map(of).sort((one, other) => one - other)[Math.floor(rounds / 8) - 1]!;
  const [one, other] = works.map((_, n) => ({
    server: cheap(({ server }) => server, n),
    postgres: cheap(({ postgres }) => postgres, n),
  }));
  return [one!, other!];
}

async function spent(sql: Sql, times: number, work: (n: number) => Promise<void>): Promise<DecisionCost> {
  // To ask for the CPU of PostgreSQL takes some here.
  const theirs = (await postgresCpu(sql)) ?? Number.NaN;
  const own = process.cpuUsage();
  for (let n = 0; n < times; n += 1) await work(n);
  const { user, system } = process.cpuUsage(own);
  const postgres = ((await postgresCpu(sql)) ?? Number.NaN) - theirs;
  return { server: (user + system) / times, postgres: (postgres * 1_000) / times };
}
