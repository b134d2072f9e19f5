/** Which requests a replica may answer, and what answers say of it. docs/decisions/0183-reads-from-replicas.md */
import { setTimeout as delay } from 'node:timers/promises';
import type { Answer } from '../contract/answer.ts';
import type { ReplicaView, WritePosition } from '../contract/changes.ts';
import type { Exchange } from '../contract/exchange.ts';
import type { Services } from '../contract/interaction.ts';
import { mayWrite, type Route } from '../contract/route.ts';

const interactions: ReadonlySet<string> = new Set([
  ...['read', 'vread', 'search-type', 'search-system', 'search-compartment'],
]);

/** Whether a replica may answer requests for a route, where they say how old the answer may be. */
export function mayComeFromReplica({ interaction }: Pick<Route, 'interaction'>): boolean {
  return interactions.has(interaction);
}

/** Whether the answer of a route tells a position: what may write, but for searches by POST. */
export function tellsPosition(route: Route): boolean {
  return mayWrite(route) && !mayComeFromReplica(route);
}

/** The reads of a replica for a request; undefined if the primary is to answer. What runs as a job takes its time, and is the newest. */
export function viewFor(
  { freshness, target, bearer, call }: Exchange,
  { unguarded: { replicas } }: Pick<Services, 'unguarded'>,
): ReplicaView | undefined {
  if (freshness === undefined || replicas === undefined || target === undefined) return undefined;
  if (bearer === undefined || call?.work !== undefined || !mayComeFromReplica(target.route)) return undefined;
  return replicas.within(freshness);
}

/** Tells how old the answer may be, in whole seconds, where a replica has given it. */
export function withStaleness(answer: Answer, view: ReplicaView | undefined): Answer {
  if (view?.staleness === undefined) return answer;
  return { ...answer, headers: { ...answer.headers, 'x-staleness': String(Math.ceil(view.staleness / 1000)) } };
}

/** Milliseconds for the position: the write is stored, and its answer waits no longer. */
const patience = 1_000;
/** Of no run of a database server: no replica is behind it, so that the primary answers who sends it. */
const unknown: WritePosition = { server: '', written: 0n };

/** Tells the position behind a write. */
export async function withPosition(
  answer: Answer,
  replicas: NonNullable<Services['unguarded']['replicas']>,
  { changes: { positions } }: Pick<Services, 'changes'>,
): Promise<Answer> {
  const over = new AbortController();
  const late = delay(patience, unknown, { ref: false, signal: over.signal });
  const told = await Promise.race([replicas.position(), late]).catch(() => unknown);
  late.catch(() => undefined);
  over.abort();
  return { ...answer, headers: { ...answer.headers, 'x-position': positions.seal(told) } };
}
