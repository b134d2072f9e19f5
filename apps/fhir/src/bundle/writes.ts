/** The writes of a transaction: what each asks of the store, and what is answered. The same halves serve single requests. */
import type { TransactionWrite, WriteOutcome } from '@dhp/fhir-store';
import { receiveResource, receiveText, type ReceivedResource } from '../http/body.ts';
import { failVersionMismatch } from '../http/concurrency.ts';
import { jsonPatchType } from '../http/content-type.ts';
import { readIfMatch } from '../http/etag.ts';
import type { Answer } from '../http/respond.ts';
import { answerCreate, prepareCreate } from '../interactions/create.ts';
import { requireCurrent } from '../interactions/current.ts';
import { answerDelete, prepareDelete } from '../interactions/delete.ts';
import { headerOf, type Environment } from '../interactions/interaction.ts';
import { answerUpdate, prepareUpdate } from '../interactions/update.ts';
import { applyPatch } from '../patch/apply-patch.ts';
import type { Links } from './links.ts';
import type { Plan } from './plan.ts';
import { relinked } from './references.ts';

export interface WriteSettings {
  readonly environment: Environment;
  readonly links: Links;
  /** The ids of the resources that are created, by the index of their entry. */
  readonly ids: ReadonlyMap<number, string>;
}

/** What a write asks of the store, its links replaced. Fails as the interaction by itself does. */
export function prepareWrite(plan: Plan, settings: WriteSettings): TransactionWrite | Promise<TransactionWrite> {
  const { environment, links, ids } = settings;
  const { entry, target, call } = plan;
  const { method } = target.route;
  if (method === 'DELETE') {
    return dependsOnCurrent(plan)
      ? prepareDeleteOfCurrent(plan, environment)
      : { kind: 'delete', ...prepareDelete(call) };
  }
  if (method === 'PATCH') return preparePatch(plan, settings);
  const text = receiveText(call.body).text;
  const linked = { ...call, body: relinked(entry, text, links, environment.baseUrl) };
  if (method === 'PUT') return { kind: 'update', ...prepareUpdate(environment, linked) };
  return { kind: 'create', id: ids.get(entry.index)!, ...prepareCreate(linked) };
}

/** Whether what is asked follows from the version that is current: when somebody else is faster, it is made anew. */
export function dependsOnCurrent({ target, request }: Plan): boolean {
  const { method } = target.route;
  return method === 'PATCH' || (method === 'DELETE' && request.ifMatch?.trim() === '*');
}

/** What the interaction by itself would answer. Fails for an outcome that stored nothing. */
export function answerWrite(environment: Environment, { target, call }: Plan, outcome: WriteOutcome): Answer {
  const { method } = target.route;
  if (method === 'DELETE') return answerDelete(environment, call, outcome);
  return method === 'POST' ? answerCreate(environment, call, outcome) : answerUpdate(environment, call, outcome);
}

/** The patched resource as an update of the version that was patched. */
async function preparePatch(plan: Plan, { environment, links }: WriteSettings): Promise<TransactionWrite> {
  const { entry, call } = plan;
  const { type, id } = call;
  const current = await environment.store.read(type, id);
  requireCurrent(current, type, id);
  const { versionId, content } = current;
  const ifMatch = readIfMatch(headerOf(call, 'if-match'));
  if (Array.isArray(ifMatch) && !ifMatch.includes(versionId)) failVersionMismatch(type, id, ifMatch, versionId);
  const kind = headerOf(call, 'content-type') === jsonPatchType ? 'json-patch' : 'fhirpath-patch';
  const patched = applyPatch({ kind, text: receiveText(call.body).text }, content, type);
  const received = patched === undefined ? receiveResource(content, type) : relinkedPatch(patched, content.toString());
  return { kind: 'update', type, id, ...received, ifMatch: [versionId], requireMatch: true, createAllowed: false };

  function relinkedPatch({ source }: ReceivedResource, before: string): ReceivedResource {
    return receiveResource(relinked(entry, source.text, links, environment.baseUrl, before), type);
  }
}

/** With `If-Match: *` there must be something to delete. */
async function prepareDeleteOfCurrent({ call }: Plan, { store }: Environment): Promise<TransactionWrite> {
  const { type, id } = call;
  const current = await store.read(type, id);
  if (current === undefined || current.deleted) failVersionMismatch(type, id, '*', undefined);
  return { kind: 'delete', type, id, ifMatch: [current.versionId] };
}
