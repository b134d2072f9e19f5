/** The state of each service, as the portal sees it from inside. */
import { setTimeout as delay } from 'node:timers/promises';
import type { PortalOptions, ServiceName } from './options.ts';

/**
 * `ready`: it says so. `not-ready`: it answers, but not that it is ready (starting, its database is unavailable, or something else answers
 * in its place). `unreachable`: no answer within the time allowed.
 */
export type ServiceState = 'ready' | 'not-ready' | 'unreachable';

export interface ServiceStatus {
  readonly name: ServiceName;
  readonly state: ServiceState;
  /** How long the answer took, in milliseconds. */
  readonly milliseconds: number;
}

export interface PlatformStatus {
  readonly checkedAt: string;
  readonly services: readonly ServiceStatus[];
}

/**
 * How long a service may take to answer, in milliseconds, at the first and the second attempt: one late or lost answer should not cause an
 * alarm, and a busy machine gets more time at the second.
 */
const patience = [1000, 1500] as const;
/** Between the two. */
const pause = 100;
/** How long an answer is reused, in milliseconds. */
const freshness = 1500;

/**
 * Returns a function that asks every service at once. Calls within the freshness share one round of requests, so many open pages cost the
 * services no more than one page does. It never rejects.
 */
export function statusProbe(targets: PortalOptions['probe']): () => Promise<PlatformStatus> {
  let last: { status: Promise<PlatformStatus>; until: number } | undefined;
  return () => {
    if (last && performance.now() < last.until) return last.status;
    const round = { status: askAll(targets), until: Infinity };
    last = round;
    void round.status.then(() => (round.until = performance.now() + freshness));
    return round.status;
  };
}

async function askAll(targets: PortalOptions['probe']): Promise<PlatformStatus> {
  const services = await Promise.all(targets.map(ask));
  if (!targets.some(({ name }) => name === 'portal'))
    services.push({ name: 'portal', state: 'ready', milliseconds: 0 });
  return { checkedAt: new Date().toISOString(), services };
}

/** A service is unwell when it is so twice in a row. */
async function ask(target: PortalOptions['probe'][number]): Promise<ServiceStatus> {
  const first = await askOnce(target, patience[0]);
  if (first.state === 'ready') return first;
  await delay(pause);
  return askOnce(target, patience[1]);
}

async function askOnce({ name, url }: PortalOptions['probe'][number], limit: number): Promise<ServiceStatus> {
  const begun = performance.now();
  const answer = (state: ServiceState): ServiceStatus => ({
    name,
    state,
    milliseconds: Math.round(performance.now() - begun),
  });
  try {
    const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(limit) });
    const isReady = response.ok && saysReady(await beginningOf(response));
    return answer(isReady ? 'ready' : 'not-ready');
  } catch {
    return answer('unreachable');
  }
}

/** Bytes that are read of an answer: those of the services are shorter. */
const longest = 8_192;

/** The body, or the beginning of a body that is too long: an endless answer is not read to its end. */
async function beginningOf({ body }: Response): Promise<string> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const piece of body ?? []) {
    text += decoder.decode(piece, { stream: true });
    if (text.length > longest) break;
  }
  return text;
}

/** Whether the body is a service's own statement that it is ready; any other page is not. Writes may be blocked (`degraded`). */
function saysReady(body: string): boolean {
  try {
    const { status } = JSON.parse(body) as { status?: unknown };
    return status === 'ready' || status === 'degraded';
  } catch {
    return false;
  }
}
