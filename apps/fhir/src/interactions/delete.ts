import type { ResourceStore, WriteOutcome } from '@dhp/fhir-store';
import { deleteCascading, wantsCascade } from './cascade.ts';
import { failVersionMismatch } from '../http/concurrency.ts';
import { readIfMatch } from '../http/etag.ts';
import { chooseLanguage } from '@dhp/negotiation';
import { preferredReturn } from '../http/negotiate.ts';
import { deleted, nothingToDelete } from '../http/respond.ts';
import type { Answer } from '../contract/answer.ts';
import { headerOf, type Call, type Services, type Interaction } from '../contract/interaction.ts';

/**
 * Deletes a resource; its versions stay. Deleting a deleted or unknown resource is no error: FHIR requires the same answer for all three,
 * so that a repeated request is safe. https://hl7.org/fhir/R5/http.html#delete
 */
export const deleteResource: Interaction = async (services, call) => {
  if (wantsCascade(call)) return deleteCascading(services, call);
  return answerDelete(services, call, await services.store.delete(prepareDelete(call)));
};

/** Prepares the write of a delete. */
export function prepareDelete(call: Call): Parameters<ResourceStore['delete']>[0] {
  const { type, id } = call;
  const ifMatch = readIfMatch(headerOf(call, 'if-match'));
  return { type, id, ...(Array.isArray(ifMatch) ? { ifMatch } : {}) };
}

/** Fails if the version in If-Match is not the current one. */
export function answerDelete({ defaultLanguage }: Services, call: Call, outcome: WriteOutcome): Answer {
  const { type, id } = call;
  const ifMatch = readIfMatch(headerOf(call, 'if-match'));
  const language = chooseLanguage(headerOf(call, 'accept-language'), defaultLanguage);
  const wanted = preferredReturn(headerOf(call, 'prefer'));
  if (outcome.kind === 'not-found') {
    if (ifMatch !== undefined) failVersionMismatch(type, id, ifMatch, undefined);
    return nothingToDelete(type, id, language);
  }
  if ('current' in outcome) failVersionMismatch(type, id, ifMatch, outcome.current);
  const isRepeated = outcome.kind === 'already-deleted';
  if (isRepeated && ifMatch === '*') failVersionMismatch(type, id, ifMatch, undefined);
  return deleted(outcome.version, isRepeated ? 'already-deleted' : 'deleted', wanted, language);
}
