import type { StoredVersion } from '@dhp/fhir-store';
import { missingPermission } from '../http/access.ts';
import { receiveText } from '../http/body.ts';
import type { ReceivedResource } from '../contract/resource.ts';
import { failVersionMismatch } from '../http/concurrency.ts';
import { jsonPatchType } from '../http/content-type.ts';
import { allowForStored } from '../http/cost.ts';
import { readIfMatch } from '../http/etag.ts';
import { chooseLanguage } from '@dhp/negotiation';
import { mediaType } from '../http/media-type.ts';
import { preferredReturn } from '../http/negotiate.ts';
import { written } from '../http/respond.ts';
import { largeBody } from '../http/admission.ts';
import { receiveLarge } from './large-body.ts';
import { applyPatch, patchedApart } from '../patch/apply-patch.ts';
import type { Patch } from '../contract/conversion.ts';
import { requireConformance, toBeStored, warningsOf } from '../validation/require-conformance.ts';
import { changeCurrent } from './change-current.ts';
import { completed } from './completed.ts';
import { heardBy, headerOf, type Call, type Services, type Interaction } from '../contract/interaction.ts';
import { versionUrl } from '../http/urls.ts';

/**
 * Changes parts of a resource: JSON Patch or FHIRPath Patch. With If-Match on that version only; without it on the current version, and
 * again if another request was faster. https://hl7.org/fhir/R5/http.html#patch
 */
export const patch: Interaction = async (services, call) => {
  const { baseUrl, defaultLanguage } = services;
  const { type, id } = call;
  const ifMatch = readIfMatch(headerOf(call, 'if-match'));
  const received = receivePatch(call);
  const { version, notice } = await changeCurrent(services, type, id, 'PATCH', (current) => {
    const { versionId } = current;
    if (Array.isArray(ifMatch) && !ifMatch.includes(versionId)) failVersionMismatch(type, id, ifMatch, versionId);
    return patched(services, received, current, call);
  });
  const language = chooseLanguage(headerOf(call, 'accept-language'), defaultLanguage);
  const location = versionUrl(baseUrl, version);
  const warnings = (): ReturnType<typeof warningsOf> => warningsOf(services, version);
  const result = { version, notice, isNew: false, location, warnings, heard: heardBy(services) };
  return written(result, preferredReturn(headerOf(withoutContent(call), 'prefer')), language);
};

/**
 * The call as one that asks for no content, where the caller may neither read nor search the type: the right to patch does not include
 * reading the rest of the resource.
 */
export function withoutContent(call: Call): Call {
  const { access, type, headers } = call;
  const mayRead =
    access === undefined ||
    (['r', 's'] as const).some((each) => missingPermission(access, each, type, 'patch') === undefined);
  if (mayRead || preferredReturn(headerOf(call, 'prefer')) !== 'representation') return call;
  return { ...call, headers: { ...headers, prefer: 'return=minimal' } };
}

/**
 * The resource as a patch makes it; undefined when that changes nothing. Fails when it does not conform any more. A large resource is
 * patched and validated in other threads.
 */
export async function patched(
  services: Services,
  patch: Patch,
  current: StoredVersion,
  call: Call,
): Promise<ReceivedResource | undefined> {
  const { type, budget } = call;
  const { content } = current;
  allowForStored(services.costs, budget, content.length);
  const received =
    content.length < largeBody
      ? applyPatch(patch, content, { type, budget })
      : await largePatched(services, patch, content, call);
  if (received === undefined) return undefined;
  const whole = await completed(services, received, current);
  requireConformance(services, whole, call);
  return toBeStored(services, whole, budget);
}

async function largePatched(
  services: Services,
  patch: Patch,
  current: Buffer,
  call: Call,
): Promise<ReceivedResource | undefined> {
  call.budget.hold(2 * current.length, 'the patch of a large resource');
  const body = await patchedApart(patch, current, { convertApart: services.convertApart, budget: call.budget });
  return body === undefined ? undefined : receiveLarge(services, { ...call, body });
}

/** The patch in the body, of the kind that the content type says. */
export function receivePatch(call: Call): Patch {
  const { type } = mediaType(headerOf(call, 'content-type') ?? '');
  const { text } = receiveText(call.body);
  return { kind: type === jsonPatchType ? 'json-patch' : 'fhirpath-patch', text };
}
