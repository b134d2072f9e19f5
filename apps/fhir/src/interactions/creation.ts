/** The two halves of a create, before the store and behind it, which single requests, conditional ones and bundles share. */
import type { NewVersion, WriteOutcome } from '@dhp/fhir-store';
import { requireDocument } from '../bundle/document-rules.ts';
import { receiveResource } from '../http/body.ts';
import { chooseLanguage } from '../http/language.ts';
import { preferredReturn } from '../http/negotiate.ts';
import { written, type Answer } from '../http/respond.ts';
import { headerOf, type Call, type Environment } from './interaction.ts';
import { versionUrl } from './urls.ts';

/** What a create asks of the store. Fails for a body that is no resource of the type. */
export function prepareCreate({ type, body }: Call): NewVersion {
  const received = receiveResource(body, type);
  requireDocument(received);
  return { type, ...received };
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
