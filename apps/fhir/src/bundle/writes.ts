/** The writes of a transaction: the request of each to the store, and its answer. The same halves serve single requests. */
import type { StoredVersion, TransactionWrite, WriteOutcome } from '@dhp/fhir-store';
import { readingOf } from '../contract/permission.ts';
import { countOf, decideDelete } from '../conditional/delete.ts';
import { decideCreate } from '../conditional/create.ts';
import type { Decision } from '../conditional/decision.ts';
import { decidePatch } from '../conditional/patch.ts';
import type { FoundReferences } from '../conditional/references.ts';
import { decideUpdate, receiveUpdate } from '../conditional/update.ts';
import { receiveResource } from '../http/body.ts';
import type { ReceivedResource } from '../contract/resource.ts';
import { failVersionMismatch } from '../http/concurrency.ts';
import { allowForStored } from '../http/cost.ts';
import { largeBody } from '../http/admission.ts';
import { readIfMatch } from '../http/etag.ts';
import { receiveLarge, withLargeEntry } from '../interactions/large-body.ts';
import type { Answer } from '../contract/answer.ts';
import { answerCreate, prepareCreate } from '../interactions/creation.ts';
import { completed } from '../interactions/completed.ts';
import { requireCurrent } from '../interactions/current.ts';
import { answerDelete, prepareDelete } from '../interactions/delete.ts';
import { headerOf, type Call, type Services } from '../contract/interaction.ts';
import { receivePatch, withoutContent } from '../interactions/patch.ts';
import { answerUpdate, prepareUpdate, type Update } from '../interactions/update.ts';
import { applyPatch, patchedApart } from '../patch/apply-patch.ts';
import { withTargets } from '../validation/reference-targets.ts';
import { requireConformance, toBeStored } from '../validation/require-conformance.ts';
import type { Sought } from './conditionals.ts';
import type { Links } from './links.ts';
import type { Plan } from './plan.ts';
import { relinked } from './references.ts';

export interface WriteSettings {
  readonly services: Services;
  readonly links: Links;
  readonly found: FoundReferences;
  /** The ids of the resources that are created, by the index of their entry. */
  readonly ids: ReadonlyMap<number, string>;
  /** Whether an update without If-Match replaces the current version, also if the environment requires If-Match. */
  readonly replaces: boolean;
}

/** Decides the writes of an entry, with its links replaced. Undefined when its matches have changed and must be searched again. */
export function decideEntry(
  plan: Plan,
  sought: Sought | undefined,
  settings: WriteSettings,
): Decision | undefined | Promise<Decision | undefined> {
  plan.call.budget.requireLeft();
  const { budget, targets: before } = plan.call;
  const seen = settings.services.reading('r').store;
  return withTargets({ seen, before, budget }, (targets) =>
    decideNow({ ...plan, call: { ...plan.call, targets } }, sought, settings),
  );
}

function decideNow(
  plan: Plan,
  sought: Sought | undefined,
  settings: WriteSettings,
): Decision | Promise<Decision | undefined> {
  const services = settings.services.reading(readingOf(plan.target.route.permission));
  if (sought !== undefined) return decideSought(plan, sought, { ...settings, services });
  const answer = ([outcome]: readonly WriteOutcome[]): Answer => answerWrite(services, plan, outcome!);
  const refused = (outcome: WriteOutcome): void => void answerWrite(services, plan, outcome);
  const decided = (write: TransactionWrite): Decision =>
    dependsOnCurrent(plan) ? { writes: [write], answer } : { writes: [write], answer, refused };
  const write = prepareWrite(plan, { ...settings, services });
  // Most of them need not wait for anything.
  return write instanceof Promise ? write.then(decided) : decided(write);
}

/** Whether the write depends on the current version: it is made again if another request has changed that. */
export function dependsOnCurrent({ target, request }: Plan): boolean {
  const { method } = target.route;
  return method === 'PATCH' || (method === 'DELETE' && request.ifMatch?.trim() === '*');
}

async function decideSought(
  plan: Plan,
  { criteria, matches }: Sought,
  settings: WriteSettings,
): Promise<Decision | undefined> {
  const { services, ids } = settings;
  const { call, target, entry } = plan;
  const newId = ids.get(entry.index)!;
  switch (target.route.method) {
    case 'DELETE':
      return decideDelete(services, call, { criteria, matches, count: countOf(call) });
    case 'PATCH':
      return decidePatch(services, call, {
        criteria,
        matches,
        patched: (current) => patchedBy(plan, settings, current),
      });
    case 'PUT': {
      const received = receiveUpdate(services, await readCall(plan, settings));
      return decideUpdate(services, call, { criteria, matches, received, newId });
    }
    case 'POST': {
      const resource = prepareCreate(services, await readCall(plan, settings));
      return decideCreate(services, call, { criteria, matches, resource, id: newId });
    }
    case 'GET':
      throw new Error('a read is no write');
  }
}

function prepareWrite(plan: Plan, settings: WriteSettings): TransactionWrite | Promise<TransactionWrite> {
  const { services, ids, replaces } = settings;
  const { entry, target, call, request } = plan;
  const { method } = target.route;
  if (method === 'DELETE') {
    return dependsOnCurrent(plan) ? prepareDeleteOfCurrent(plan, services) : { kind: 'delete', ...prepareDelete(call) };
  }
  if (method === 'PATCH') return preparePatch(plan, settings);
  const prepared = (linked: Call): TransactionWrite | Promise<TransactionWrite> => {
    if (method !== 'PUT') return { kind: 'create', id: ids.get(entry.index)!, ...prepareCreate(services, linked) };
    const update = prepareUpdate(services, linked);
    const written = (made: Update): TransactionWrite => {
      const requireMatch = made.requireMatch && (!replaces || request.ifNoneMatch !== undefined);
      return { kind: 'update', ...made, requireMatch };
    };
    return update instanceof Promise ? update.then(written) : written(update);
  };
  const linked = linkedCall(plan, settings);
  return withLargeEntry(services, linked, target.route.interaction)?.then(prepared) ?? prepared(linked);
}

/** Answers as the interaction would by itself. Fails for an outcome that stored nothing. */
function answerWrite(services: Services, { target, call }: Plan, outcome: WriteOutcome): Answer {
  const { method } = target.route;
  if (method === 'DELETE') return answerDelete(services, call, outcome);
  if (method === 'POST') return answerCreate(services, call, outcome);
  return answerUpdate(services, method === 'PATCH' ? withoutContent(call) : call, outcome);
}

/** The call with the links of its resource, which is a part of the Bundle's text, replaced. */
function linkedCall({ entry, call }: Plan, { links, found, services: { baseUrl } }: WriteSettings): Call {
  return { ...call, body: relinked(entry, String(call.body), { links, baseUrl, found }) };
}

/** The same; a large resource is read, and validated in another thread. */
async function readCall(plan: Plan, settings: WriteSettings): Promise<Call> {
  const linked = linkedCall(plan, settings);
  return (await withLargeEntry(settings.services, linked, plan.target.route.interaction)) ?? linked;
}

/** The patched resource as an update of the version that was patched. */
async function preparePatch(plan: Plan, settings: WriteSettings): Promise<TransactionWrite> {
  const { type, id } = plan.call;
  const current = await settings.services.store.read(type, id);
  requireCurrent(current, type, id);
  const { versionId, content } = current;
  const ifMatch = readIfMatch(headerOf(plan.call, 'if-match'));
  if (Array.isArray(ifMatch) && !ifMatch.includes(versionId)) failVersionMismatch(type, id, ifMatch, versionId);
  const received =
    (await patchedBy(plan, settings, current)) ??
    (await completed(settings.services, receiveResource(content, type), current));
  const expected = { ifMatch: [versionId], requireMatch: true, createAllowed: false, method: 'PATCH' } as const;
  return { kind: 'update', type, id, ...received, ...expected };
}

/** Undefined when the patch changes nothing. */
async function patchedBy(
  { entry, call }: Plan,
  { links, found, services }: WriteSettings,
  current: StoredVersion,
): Promise<ReceivedResource | undefined> {
  const { content } = current;
  const { type, budget } = call;
  const patch = receivePatch(call);
  allowForStored(services.costs, budget, content.length);
  const isLarge = content.length >= largeBody;
  const patched = isLarge
    ? (await patchedApart(patch, content, { convertApart: services.convertApart, budget }))?.toString()
    : applyPatch(patch, content, { type, budget })?.source.text;
  if (patched === undefined) return undefined;
  const before = content.toString();
  const { baseUrl } = services;
  const body = relinked(entry, patched, { links, baseUrl, found, before });
  const received = isLarge ? await receiveLarge(services, { ...call, body }) : receiveResource(body, type);
  const whole = await completed(services, received, current);
  requireConformance(services, whole, call);
  return toBeStored(services, whole, budget);
}

/** With `If-Match: *` there must be something to delete. */
async function prepareDeleteOfCurrent({ call }: Plan, { store }: Services): Promise<TransactionWrite> {
  const { type, id } = call;
  const current = await store.read(type, id);
  if (current === undefined || current.deleted) failVersionMismatch(type, id, '*', undefined);
  return { kind: 'delete', type, id, ifMatch: [current.versionId] };
}
