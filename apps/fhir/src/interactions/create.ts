import type { NewVersion, WriteOutcome } from '@dhp/fhir-store';
import { receiveResource } from '../http/body.ts';
import { chooseLanguage } from '../http/language.ts';
import { preferredReturn } from '../http/negotiate.ts';
import { written, type Answer } from '../http/respond.ts';
import { headerOf, type Call, type Environment, type Interaction } from './interaction.ts';
import { versionUrl } from './urls.ts';

/**
 * A new resource under an id of the server; an id in the body is ignored, as FHIR says.
 * https://hl7.org/fhir/R5/http.html#create
 */
export const create: Interaction = async (environment, call) =>
  answerCreate(environment, call, await environment.store.create(prepareCreate(call)));

/** What a create asks of the store. Fails for a body that is no resource of the type. */
export function prepareCreate({ type, body }: Call): NewVersion {
  return { type, ...receiveResource(body, type) };
}

export function answerCreate({ baseUrl, defaultLanguage }: Environment, call: Call, outcome: WriteOutcome): Answer {
  if (!('version' in outcome)) throw new Error(`create of ${call.type} ended in ${outcome.kind}`);
  const { version } = outcome;
  const location = versionUrl(baseUrl, version);
  const language = chooseLanguage(headerOf(call, 'accept-language'), defaultLanguage);
  return written(
    { version, notice: 'created', isNew: true, location },
    preferredReturn(headerOf(call, 'prefer')),
    language,
  );
}
