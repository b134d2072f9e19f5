import { receiveResource, requireSameId } from '../http/body.ts';
import { failIfMatchRequired, failVersionMismatch } from '../http/concurrency.ts';
import { readIfMatch } from '../http/etag.ts';
import { chooseLanguage } from '../http/language.ts';
import { preferredReturn } from '../http/negotiate.ts';
import { written } from '../http/respond.ts';
import { headerOf, type Interaction } from './interaction.ts';
import { versionUrl } from './urls.ts';

/**
 * A new version of a resource, or the first one under the client's id (update as create). If-Match is required where there is
 * a current version, unless the environment says otherwise. https://hl7.org/fhir/R5/http.html#update
 */
export const update: Interaction = async ({ store, baseUrl, defaultLanguage, requireIfMatch }, call) => {
  const { type, id } = call;
  const ifMatch = readIfMatch(headerOf(call, 'if-match'));
  const received = receiveResource(call.body, type);
  requireSameId(received, type, id);
  const outcome = await store.update({
    type,
    id,
    ...received,
    ...(ifMatch === undefined ? {} : { ifMatch }),
    requireMatch: requireIfMatch,
    createAllowed: ifMatch === undefined,
  });
  if (outcome.kind === 'not-found') failVersionMismatch(type, id, ifMatch, undefined);
  if ('current' in outcome) {
    if (outcome.kind === 'match-required') failIfMatchRequired(type, id, outcome.current);
    failVersionMismatch(type, id, ifMatch, outcome.current);
  }
  const { version } = outcome;
  const isNew = outcome.kind === 'created';
  const notice = isNew ? 'created' : outcome.kind === 'unchanged' ? 'unchanged' : 'updated';
  const language = chooseLanguage(headerOf(call, 'accept-language'), defaultLanguage);
  const location = versionUrl(baseUrl, version);
  return written({ version, notice, isNew, location }, preferredReturn(headerOf(call, 'prefer')), language);
};
