import { receiveResource } from '../http/body.ts';
import { chooseLanguage } from '../http/language.ts';
import { preferredReturn } from '../http/negotiate.ts';
import { written } from '../http/respond.ts';
import { headerOf, type Interaction } from './interaction.ts';
import { versionUrl } from './urls.ts';

/**
 * A new resource under an id of the server; an id in the body is ignored, as FHIR says.
 * https://hl7.org/fhir/R5/http.html#create
 */
export const create: Interaction = async ({ store, baseUrl, defaultLanguage }, call) => {
  const { type } = call;
  const outcome = await store.create({ type, ...receiveResource(call.body, type) });
  if (!('version' in outcome)) throw new Error(`create of ${type} ended in ${outcome.kind}`);
  const { version } = outcome;
  const location = versionUrl(baseUrl, version);
  const language = chooseLanguage(headerOf(call, 'accept-language'), defaultLanguage);
  return written(
    { version, notice: 'created', isNew: true, location },
    preferredReturn(headerOf(call, 'prefer')),
    language,
  );
};
