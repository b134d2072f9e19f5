/** The two halves of a create, before the store and behind it, which single requests, conditional ones and bundles share. */
import type { NewVersion, WriteOutcome } from '@dhp/fhir-store';
import { requireDocument } from '../validation/document-rules.ts';
import { receiveResource } from '../http/body.ts';
import { chooseLanguage } from '@dhp/negotiation';
import { preferredReturn } from '../http/negotiate.ts';
import { written } from '../http/respond.ts';
import type { Answer } from '../contract/answer.ts';
import { requireConformance, toBeStored, warningsOf } from '../validation/require-conformance.ts';
import { heardBy, headerOf, type Call, type Services } from '../contract/interaction.ts';
import { versionUrl } from '../http/urls.ts';

/** Prepares the write of a create. Fails for a body that is not a resource of the type, or does not conform. */
export function prepareCreate(services: Services, call: Call): NewVersion {
  const { type } = call;
  const received = receiveResource(call.body, type);
  requireDocument(received);
  requireConformance(services, received, call, true);
  return { type, ...toBeStored(services, received, call.budget) };
}

export function answerCreate(services: Services, call: Call, outcome: WriteOutcome): Answer {
  const { baseUrl, defaultLanguage } = services;
  if (!('version' in outcome)) throw new Error(`create of ${call.type} ended in ${outcome.kind}`);
  const { version } = outcome;
  const location = versionUrl(baseUrl, version);
  const language = chooseLanguage(headerOf(call, 'accept-language'), defaultLanguage);
  return written(
    {
      ...{ version, notice: 'created', isNew: true, location, heard: heardBy(services) },
      warnings: () => warningsOf(services, version, call.body),
    },
    preferredReturn(headerOf(call, 'prefer')),
    language,
  );
}
