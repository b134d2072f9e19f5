/** The requests that a replica may answer, and the header fields of their answers. docs/decisions/0183-reads-from-replicas.md */
import { setTimeout as delay } from 'node:timers/promises';
import type { Answer } from '../contract/answer.ts';
import type { ReplicaView, WritePosition } from '../contract/changes.ts';
import type { Exchange } from '../contract/exchange.ts';
import type { Services } from '../contract/interaction.ts';
import { mayWrite, type Route } from '../contract/route.ts';

const interactions: ReadonlySet<string> = new Set([
  ...['read', 'vread', 'search-type', 'search-system', 'search-compartment'],
]);

/** Whether a replica may answer requests for a route, if they state a permitted age. */
export function mayComeFromReplica({ interaction }: Pick<Route, 'interaction'>): boolean {
  return interactions.has(interaction);
}

/** Whether the answer of a route contains a position: those that may write, except searches by POST. */
export function tellsPosition(route: Route): boolean {
  return mayWrite(route) && !mayComeFromReplica(route);
}

/**
 * The replica's reads for a request; undefined if the primary must answer. A request that runs as a job takes its time, and reads the
 * newest data.
 */
export function viewFor(
  { freshness, target, bearer, call }: Exchange,
  { unguarded: { replicas } }: Pick<Services, 'unguarded'>,
): ReplicaView | undefined {
  if (freshness === undefined || replicas === undefined || target === undefined) return undefined;
  if (bearer === undefined || call?.work !== undefined || !mayComeFromReplica(target.route)) return undefined;
  return replicas.within(freshness);
}

/** Adds the answer's possible age, in whole seconds, if a replica has given it. */
export function withStaleness(answer: Answer, view: ReplicaView | undefined): Answer {
  if (view?.staleness === undefined) return answer;
  return { ...answer, headers: { ...answer.headers, 'x-staleness': String(Math.ceil(view.staleness / 1000)) } };
}

/** Milliseconds for the position: the write is stored, and its answer waits no longer. */
const patience = 1_000;
/** Belongs to no run of a database server: no replica has reached it, so the primary answers a request that sends it. */
const unknown: WritePosition = { server: '', written: 0n };

/** Adds the position after a write. */
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
