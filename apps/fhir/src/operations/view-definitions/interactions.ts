/** ViewDefinitions at a separate endpoint: R5 has no such type. docs/decisions/0161-stored-view-definitions.md */
import { uuidv7 } from '@dhp/fhir-model';
import type { WriteOutcome } from '@dhp/fhir-store';
import { chooseLanguage } from '@dhp/negotiation';
import type { Answer } from '../../contract/answer.ts';
import { heardBy, headerOf, type Call, type Interaction, type Services } from '../../contract/interaction.ts';
import type { Permission } from '../../contract/permission.ts';
import { acceptedType } from '../../http/accept.ts';
import { requireSameId } from '../../http/body.ts';
import { failExists, failIfMatchRequired, failVersionMismatch } from '../../http/concurrency.ts';
import { fail } from '../../http/errors.ts';
import { isCreateOnly, readIfMatch } from '../../http/etag.ts';
import { preferredReturn } from '../../http/negotiate.ts';
import { written } from '../../http/respond.ts';
import { versionUrl } from '../../http/urls.ts';
import { answerDelete } from '../../interactions/delete.ts';
import { historyInstance } from '../../interactions/history-instance.ts';
import { read } from '../../interactions/read.ts';
import { vread } from '../../interactions/vread.ts';
import { receiveView } from './received.ts';
import { requireViews, viewType } from './rights.ts';
import { searchViews } from './search.ts';

/** One interaction: first the permissions, then the format of the answer. */
function ofViews(permission: Permission, name: string, run: Interaction): Interaction {
  return async (services, call) => {
    requireViews(services, call, permission, name);
    requireJson(call);
    return run(services, { ...call, type: viewType });
  };
}

export const createView = ofViews('c', 'create', async (services, call) => {
  const { source, elements } = receiveView(call);
  const outcome = await services.unguarded.viewDefinitions.put({
    ...{ id: uuidv7(), source, elements, method: 'POST' },
    ...{ requireMatch: false, createAllowed: true },
  });
  return answerPut(services, call, free(outcome));
});

export const updateView = ofViews('u', 'update', async (services, call) => {
  const { id } = call;
  const ifMatch = readIfMatch(headerOf(call, 'if-match'));
  const createOnly = isCreateOnly(headerOf(call, 'if-none-match'), headerOf(call, 'if-match'));
  const received = receiveView(call);
  requireSameId(received, viewType, id);
  const outcome = await services.unguarded.viewDefinitions.put({
    ...{ id, source: received.source, elements: received.elements, method: 'PUT' },
    ...(ifMatch === undefined ? {} : { ifMatch }),
    ...{ requireMatch: services.requireIfMatch || createOnly, createAllowed: ifMatch === undefined },
  });
  return answerPut(services, call, free(outcome));
});

export const deleteView = ofViews('d', 'delete', async (services, call) => {
  const ifMatch = readIfMatch(headerOf(call, 'if-match'));
  const { viewDefinitions } = services.unguarded;
  const outcome = await viewDefinitions.delete({ id: call.id, ...(Array.isArray(ifMatch) ? { ifMatch } : {}) });
  return answerDelete(services, call, outcome);
});

export const readView = ofViews('r', 'read', (services, call) => read(overViews(services), call));
export const vreadView = ofViews('r', 'vread', (services, call) => vread(overViews(services), call));
export const historyView = ofViews('r', 'history-instance', (services, call) =>
  historyInstance(overViews(services), call),
);
export const searchView = ofViews('s', 'search-type', searchViews);

/** Reads of the store, of ViewDefinitions. */
function overViews(services: Services): Services {
  const { viewDefinitions } = services.unguarded;
  const store: Services['store'] = {
    ...services.store,
    read: (_, id) => viewDefinitions.read(id),
    vread: (_, id, versionId) => viewDefinitions.read(id, versionId),
    history: (_, id, page) => viewDefinitions.history(id, page),
  };
  return { ...services, store };
}

/** Fails with `view-canonical-taken` if another ViewDefinition has the canonical. */
function free(outcome: Awaited<ReturnType<Services['unguarded']['viewDefinitions']['put']>>): WriteOutcome {
  if (outcome.kind !== 'canonical-taken') return outcome;
  const diagnostics = `${viewType}/${outcome.by} has the same url and version. Change that one, or give another version.`;
  fail('view-canonical-taken', { id: outcome.by }, { diagnostics, expression: `${viewType}.url` });
}

function answerPut(services: Services, call: Call, outcome: WriteOutcome): Answer {
  const { baseUrl, defaultLanguage } = services;
  const { id } = call;
  const ifMatch = readIfMatch(headerOf(call, 'if-match'));
  if (outcome.kind === 'not-found') failVersionMismatch(viewType, id, ifMatch, undefined);
  if ('current' in outcome) {
    if (headerOf(call, 'if-none-match') !== undefined) failExists(viewType, id, outcome.current);
    if (outcome.kind === 'match-required') failIfMatchRequired(viewType, id, outcome.current);
    failVersionMismatch(viewType, id, ifMatch, outcome.current);
  }
  const { version } = outcome;
  const isNew = outcome.kind === 'created';
  const notice = isNew ? 'created' : outcome.kind === 'unchanged' ? 'unchanged' : 'updated';
  const language = chooseLanguage(headerOf(call, 'accept-language'), defaultLanguage);
  const location = versionUrl(baseUrl, version);
  const wanted = preferredReturn(headerOf(call, 'prefer'));
  return written({ version, notice, isNew, location, heard: heardBy(services) }, wanted, language);
}

const offered = ['application/fhir+json', 'application/json'];

/** XML is made by the definitions of R5, which have no ViewDefinition. Fails with `not-acceptable`. */
function requireJson(call: Call): void {
  const { _format: format } = call.query;
  const named = [format].flat().at(0)?.toLowerCase().split(';')[0]?.trim();
  const accept = headerOf(call, 'accept');
  const isJson =
    named === undefined
      ? accept === undefined || acceptedType(accept, [offered]) !== undefined
      : named === 'json' || offered.includes(named);
  if (isJson) return;
  fail(
    'not-acceptable',
    {},
    { diagnostics: `A ViewDefinition is no type of R5: it is sent as ${offered.join(' or ')}.` },
  );
}
