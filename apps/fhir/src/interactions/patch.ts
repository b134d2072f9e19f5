import { receiveText } from '../http/body.ts';
import { failVersionMismatch } from '../http/concurrency.ts';
import { jsonPatchType } from '../http/content-type.ts';
import { readIfMatch } from '../http/etag.ts';
import { chooseLanguage } from '../http/language.ts';
import { mediaType } from '../http/media-type.ts';
import { preferredReturn } from '../http/negotiate.ts';
import { written } from '../http/respond.ts';
import { applyPatch, type Patch } from '../patch/apply-patch.ts';
import { changeCurrent } from './change-current.ts';
import { headerOf, type Call, type Interaction } from './interaction.ts';
import { versionUrl } from './urls.ts';

/**
 * Changes parts of a resource: JSON Patch or FHIRPath Patch. With If-Match on that version only; without it on whatever is
 * current, and anew when somebody else was faster. https://hl7.org/fhir/R5/http.html#patch
 */
export const patch: Interaction = async ({ store, baseUrl, defaultLanguage }, call) => {
  const { type, id } = call;
  const ifMatch = readIfMatch(headerOf(call, 'if-match'));
  const received = receivePatch(call);
  const { version, notice } = await changeCurrent(store, type, id, 'PATCH', ({ versionId, content }) => {
    if (Array.isArray(ifMatch) && !ifMatch.includes(versionId)) failVersionMismatch(type, id, ifMatch, versionId);
    return applyPatch(received, content, type);
  });
  const language = chooseLanguage(headerOf(call, 'accept-language'), defaultLanguage);
  const location = versionUrl(baseUrl, version);
  return written({ version, notice, isNew: false, location }, preferredReturn(headerOf(call, 'prefer')), language);
};

/** The patch in the body, of the kind that the content type says. */
export function receivePatch(call: Call): Patch {
  const { type } = mediaType(headerOf(call, 'content-type') ?? '');
  const { text } = receiveText(call.body);
  return { kind: type === jsonPatchType ? 'json-patch' : 'fhirpath-patch', text };
}
