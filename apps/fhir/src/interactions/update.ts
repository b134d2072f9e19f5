import type { ResourceStore, WriteOutcome } from '@dhp/fhir-store';
import { requireDocument } from '../validation/document-rules.ts';
import { receiveResource, requireSameId } from '../http/body.ts';
import { failExists, failIfMatchRequired, failVersionMismatch } from '../http/concurrency.ts';
import { fail } from '../http/errors.ts';
import { isCreateOnly, readIfMatch } from '../http/etag.ts';
import { chooseLanguage } from '@dhp/negotiation';
import { preferredReturn } from '../http/negotiate.ts';
import { written } from '../http/respond.ts';
import type { Answer } from '../contract/answer.ts';
import { requireConformance, toBeStored, warningsOf } from '../validation/require-conformance.ts';
import { heardBy, headerOf, type Call, type Services, type Interaction } from '../contract/interaction.ts';
import type { ReceivedResource } from '../contract/resource.ts';
import { versionUrl } from '../http/urls.ts';
import { completedUpdate } from './completed.ts';

export type Update = Parameters<ResourceStore['update']>[0];

/**
 * A new version of a resource, or the first one under the client's id (update as create). If-Match is required where there is
 * a current version, unless the environment says otherwise; with `If-None-Match: *` it is a create only. https://hl7.org/fhir/R5/http.html#update
 */
export const update: Interaction = async (services, call) =>
  answerUpdate(services, call, await services.store.update(await prepareUpdate(services, call)));

/** Prepares the write of an update. Fails for a body that is not the resource of the address, or does not conform. */
export function prepareUpdate(services: Services, call: Call): Update | Promise<Update> {
  const { requireIfMatch, operationDefinitions } = services;
  const { type, id } = call;
  if (type === 'OperationDefinition' && operationDefinitions.has(id)) failOwnDefinition(id);
  const ifMatch = readIfMatch(headerOf(call, 'if-match'));
  const createOnly = isCreateOnly(headerOf(call, 'if-none-match'), headerOf(call, 'if-match'));
  const received = receiveResource(call.body, type);
  requireSameId(received, type, id);
  requireDocument(received);
  const checked = (whole: ReceivedResource): Update => {
    requireConformance(services, whole, call, whole === received);
    const { completes } = whole;
    return {
      type,
      id,
      ...toBeStored(services, whole, call.budget),
      ...(ifMatch === undefined ? {} : { ifMatch: completes === undefined ? ifMatch : [completes] }),
      // Without If-Match nothing that exists is changed then.
      requireMatch: requireIfMatch || createOnly,
      createAllowed: ifMatch === undefined,
    };
  };
  const completing = createOnly ? undefined : completedUpdate(services, call, received, ifMatch);
  return completing === undefined ? checked(received) : completing.then(checked);
}

/** Such an address always returns the server's own definition; a resource stored there could never be read. */
function failOwnDefinition(id: string): never {
  const diagnostics = `OperationDefinition/${id} describes an operation of this server. Choose another id.`;
  fail('method-not-allowed', { method: 'PUT', allowed: 'GET, HEAD' }, { diagnostics });
}

/** Fails if the version in If-Match is not the current one. */
export function answerUpdate(services: Services, call: Call, outcome: WriteOutcome): Answer {
  const { baseUrl, defaultLanguage } = services;
  const { type, id } = call;
  const ifMatch = readIfMatch(headerOf(call, 'if-match'));
  if (outcome.kind === 'not-found') failVersionMismatch(type, id, ifMatch, undefined);
  if ('current' in outcome) {
    if (headerOf(call, 'if-none-match') !== undefined) failExists(type, id, outcome.current);
    if (outcome.kind === 'match-required') failIfMatchRequired(type, id, outcome.current);
    failVersionMismatch(type, id, ifMatch, outcome.current);
  }
  const { version } = outcome;
  const isNew = outcome.kind === 'created';
  const notice = isNew ? 'created' : outcome.kind === 'unchanged' ? 'unchanged' : 'updated';
  const language = chooseLanguage(headerOf(call, 'accept-language'), defaultLanguage);
  const location = versionUrl(baseUrl, version);
  const warnings = (): ReturnType<typeof warningsOf> => warningsOf(services, version, call.body);
  return written(
    { version, notice, isNew, location, warnings, heard: heardBy(services) },
    preferredReturn(headerOf(call, 'prefer')),
    language,
  );
}
