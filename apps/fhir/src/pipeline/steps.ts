/**
 * Every request takes these steps, in this order: one over HTTP, and an entry of a Bundle. A step fails with a Failure, and no later step
 * is taken. `after` runs for every outcome.
 */
import { anonymousClient } from '../access/open-terminology.ts';
import { conditions } from './conditions.ts';
import type { Exchange } from '../contract/exchange.ts';
import { mayBeDeferred } from '../contract/route.ts';
import { prefersAsync } from '../http/negotiate.ts';
import { match } from './match.ts';
import { negotiate } from './negotiate.ts';
import { permit } from './permit.ts';
import { show } from './present.ts';
import { run } from './run.ts';
import type { PipelineSettings } from './settings.ts';

export interface PipelineStep {
  readonly name: string;
  /** Returns nothing if it finishes synchronously, so that a read of a known caller only waits for the database. */
  readonly run: (exchange: Exchange, settings: PipelineSettings) => void | Promise<void>;
}

/** Steps before the body is read. */
export const admission: readonly PipelineStep[] = [
  { name: 'match', run: match },
  { name: 'authenticate', run: authenticate },
  { name: 'permit', run: permit },
  { name: 'negotiate', run: negotiate },
  { name: 'conditions', run: conditions },
];

/** With the body. */
export const execution: readonly PipelineStep[] = [
  { name: 'defer', run: defer },
  { name: 'run', run },
  { name: 'note', run: note },
  { name: 'present', run: show },
];

/** Takes the steps one after the other, synchronously until one waits. */
export function take(
  steps: readonly PipelineStep[],
  exchange: Exchange,
  settings: PipelineSettings,
  from = 0,
): void | Promise<void> {
  for (let at = from; at < steps.length; at += 1) {
    const waiting = steps[at]!.run(exchange, settings);
    if (waiting !== undefined)
      return at === steps.length - 1 ? waiting : takeAfter(waiting, steps, exchange, settings, at + 1);
  }
}

/** A separate function: a closure within the loop would allocate the variables of every step of every request. */
function takeAfter(
  waiting: Promise<void>,
  steps: readonly PipelineStep[],
  exchange: Exchange,
  settings: PipelineSettings,
  from: number,
): Promise<void> {
  return waiting.then(() => take(steps, exchange, settings, from));
}

/** The second step: the caller. Synchronous if the token is known, so that a read waits for nothing. Fails as `Port.authenticate` does. */
function authenticate(exchange: Exchange): void | Promise<void> {
  if (exchange.target?.route.permission === 'public') return;
  const bearer = exchange.port.authenticate(exchange.target);
  if (bearer instanceof Promise) {
    return bearer.then((verified) => {
      exchange.bearer = verified;
    });
  }
  exchange.bearer = bearer;
}

/**
 * Before the interaction: a client that prefers not to wait gets the address of a job instead. https://hl7.org/fhir/R5/async.html A
 * preference that cannot be met is no reason to refuse (RFC 7240, section 2): entries of a Bundle, and requests that may change something,
 * are answered at once. Fails with `too-many-requests` if the client has too many jobs.
 */
function defer(exchange: Exchange, { services }: PipelineSettings): void | Promise<void> {
  const { headers, entry, method, path, address } = exchange.request;
  const prefer = headers['prefer'];
  if (prefer === undefined || entry !== undefined || method === 'HEAD' || !prefersAsync(String(prefer))) return;
  const { target, bearer, call } = exchange;
  const { jobs } = services;
  if (jobs === undefined || target === undefined || bearer === undefined || call === undefined) return;
  // Without a token nobody could query its status.
  if (bearer.access.clientId === anonymousClient) return;
  const { route, type } = target;
  if (!mayBeDeferred(route)) return;
  const { query, body } = call;
  const { interaction } = route;
  const kept = Buffer.isBuffer(body) ? body : undefined;
  const hasOwnForm = route.answersFiles === true;
  const asked = { method, path, query, headers, address, interaction, type, hasOwnForm, body: kept };
  return jobs.defer(asked, bearer.access).then((id) => {
    const place = `${services.baseUrl}/$job/${id}`;
    exchange.answer = { status: 202, headers: { 'content-location': place, 'preference-applied': 'respond-async' } };
  });
}

/** The eighth step: notes the patients in the answer, while the whole answer is available. */
function note(exchange: Exchange, { recorder }: PipelineSettings): void {
  recorder?.note(exchange);
}
