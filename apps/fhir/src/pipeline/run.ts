/** The seventh step: the interaction of the route. */
import type { Budget } from '@dhp/budget';
import { readingOf } from '../contract/permission.ts';
import { mayWrite, type Route } from '../contract/route.ts';
import { breakGlass, launchedFor } from '../access/break-glass.ts';
import { statedPurpose } from '../access/stated-purpose.ts';
import { largeBody } from '../http/admission.ts';
import { withProvenance } from '../interactions/provenance-header.ts';
import { largeReader, withLargeEntry } from '../interactions/large-body.ts';
import type { Answer } from '../contract/answer.ts';
import type { Call, Interaction, Services } from '../contract/interaction.ts';
import { withTargets } from '../validation/reference-targets.ts';
import type { TargetReads } from '../contract/conformance.ts';
import { payForConverting } from '../presentation/conversion.ts';
import type { Exchange } from '../contract/exchange.ts';
import { tellsPosition, viewFor, withPosition, withStaleness } from './from-replica.ts';
import type { PipelineSettings } from './settings.ts';

/** Fails with the failure of the interaction. */
export function run(exchange: Exchange, settings: PipelineSettings): void | Promise<void> {
  // It was deferred. An entry that has an answer is run again, after the writes of its transaction.
  if (exchange.answer !== undefined && exchange.request.entry === undefined) return;
  // The writes of a transaction are stored by now, as its other entries found the policies.
  const asks = exchange.bearer !== undefined && exchange.request.entry?.together === undefined;
  const renewed = asks ? settings.services.policies.fresh() : undefined;
  const { request, bearer } = exchange;
  const isStated =
    asks &&
    request.entry === undefined &&
    ('x-purpose-of-use' in request.headers || bearer?.access.launched !== undefined);
  if (isStated) return stated(exchange, settings, renewed);
  return renewed === undefined ? decided(exchange, settings) : renewed.then(() => decided(exchange, settings));
}

/**
 * By the purpose that the request states, or the launch of the application while that counts; without access policies in force, purposes
 * have no effect. Fails as `breakGlass` does.
 */
async function stated(
  exchange: Exchange,
  settings: PipelineSettings,
  renewed: Promise<void> | undefined,
): Promise<void> {
  await renewed;
  if (settings.services.policies.current() === undefined) return decided(exchange, settings);
  const { bearer, call, request, recording } = exchange;
  const given =
    statedPurpose(request.headers) ??
    (bearer === undefined ? undefined : launchedFor(settings.services, bearer.access));
  if (given !== undefined && bearer?.acting !== undefined) {
    const { access } = bearer;
    const own =
      given.purpose === 'ETREAT'
        ? await breakGlass(settings.services, access, given, recording)
        : { ...access, purpose: given.purpose };
    exchange.bearer = bearer.acting(own);
    exchange.call = call && { ...call, access: own };
  }
  return decided(exchange, settings);
}

/** By the known access policies. */
function decided(exchange: Exchange, settings: PipelineSettings): void | Promise<void> {
  const { target, call, bearer } = exchange;
  if (target === undefined || call === undefined) throw new Error('the body was not received');
  const { route } = target;
  const { entry } = exchange.request;
  if (entry?.together !== undefined && mayWrite(route)) {
    exchange.answer = entry.together.answerTo(entry.index);
    return;
  }
  const seen = bearer?.services(readingOf(route.permission), call.budget, exchange.recording) ?? settings.services;
  const view = viewFor(exchange, settings.services);
  const given = view === undefined ? seen : seen.from(view);
  const kept = mayWrite(route) && settings.recorder !== undefined ? settings.recorder.writing(exchange, given) : given;
  const own = mayWrite(route) ? withProvenance(kept, call, route) : kept;
  const answering = entry === undefined ? runAlone(route, call, own, settings) : runEntry(route, call, own);
  const differs = bearer !== undefined && settings.services.policies.current() !== undefined;
  const { replicas } = settings.services.unguarded;
  const isPlaced = replicas !== undefined && tellsPosition(route) && entry === undefined && bearer !== undefined;
  const placed = isPlaced ? answering.then((answer) => withPosition(answer, replicas, settings.services)) : answering;
  return placed.then((answer) => {
    exchange.answer = withStaleness(differs ? ofCaller(answer) : answer, view);
  });
}

/** Header fields on which the body depends under access policies. */
const decidedBy = 'Authorization, X-Purpose-Of-Use, X-Break-Glass-Patient';

/**
 * Caches must keep the answers apart, including a program's cache in a browser. https://www.rfc-editor.org/rfc/rfc9111#section-3.5,
 * #section-4.1
 */
function ofCaller(answer: Answer): Answer {
  const { vary, 'cache-control': cache = 'private, no-cache' } = answer.headers;
  const named = vary === undefined ? decidedBy : `${vary}, ${decidedBy}`;
  return { ...answer, headers: { ...answer.headers, vary: named, 'cache-control': cache } };
}

function runAlone(
  route: Route<Interaction>,
  call: Call,
  own: Services,
  { services, largeWork }: PipelineSettings,
): Promise<Answer> {
  if (!changes(route) && call.body === undefined) {
    call.budget.startTime(services.stopwatch);
    return route.run(own, call);
  }
  const length = Buffer.isBuffer(call.body) ? call.body.length : 0;
  const read = length < largeBody ? undefined : largeReader(route);
  const runRoute = (targets?: TargetReads): Promise<Answer> => {
    call.budget.startTime(services.stopwatch);
    // The answer to a write is paid for before the write is stored, since it must not be refused afterwards.
    if (call.isConverted === true && changes(route)) payForConverting(call.budget, length);
    const one = targets === undefined ? call : { ...call, targets };
    return read === undefined ? route.run(own, one) : read(own, one).then((body) => route.run(own, { ...one, body }));
  };
  const isChecked = changes(route) && services.conformance.isEnforced;
  const runNow = isChecked ? () => runChecked(own, call.budget, runRoute) : () => runRoute();
  return length < largeBody ? runNow() : largeWork(length, runNow);
}

function changes({ method, path }: Route): boolean {
  return method !== 'GET' && method !== 'DELETE' && !path.endsWith('/_search');
}

async function runChecked(
  own: Services,
  budget: Budget,
  runRoute: (targets: TargetReads) => Promise<Answer>,
): Promise<Answer> {
  const refreshing = own.conformance.refresh();
  if (refreshing !== undefined) await refreshing;
  return withTargets({ seen: own.reading('r').store, budget }, runRoute);
}

/** The Bundle has a budget, and its resources' profiles are known. */
async function runEntry(route: Route<Interaction>, call: Call, own: Services): Promise<Answer> {
  // Like a separate request: an earlier entry may have changed its targets.
  return withTargets({ seen: own.reading('r').store, budget: call.budget }, (targets) => {
    const one = { ...call, targets };
    return withLargeEntry(own, one, route.interaction)?.then((read) => route.run(own, read)) ?? route.run(own, one);
  });
}
