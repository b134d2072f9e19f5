import type { FhirStore, StoredVersion } from '@dhp/fhir-store';
import { receiveText } from '../http/body.ts';
import { failVersionMismatch } from '../http/concurrency.ts';
import { jsonPatchType } from '../http/content-type.ts';
import { fail } from '../http/errors.ts';
import { readIfMatch } from '../http/etag.ts';
import { chooseLanguage } from '../http/language.ts';
import { mediaType } from '../http/media-type.ts';
import { preferredReturn } from '../http/negotiate.ts';
import { written } from '../http/respond.ts';
import { applyPatch, type Patch } from '../patch/apply-patch.ts';
import { createTurns, type Turns } from '../patch/turns.ts';
import { requireCurrent } from './current.ts';
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
  const { version, notice } = await turnsOf(store)(`${type}/${id}`, () =>
    patched(store, { type, id, ifMatch, patch: received }),
  );
  const language = chooseLanguage(headerOf(call, 'accept-language'), defaultLanguage);
  const location = versionUrl(baseUrl, version);
  return written({ version, notice, isNew: false, location }, preferredReturn(headerOf(call, 'prefer')), language);
};

function receivePatch(call: Call): Patch {
  const { type } = mediaType(headerOf(call, 'content-type') ?? '');
  const { text } = receiveText(call.body);
  return { kind: type === jsonPatchType ? 'json-patch' : 'fhirpath-patch', text };
}

/**
 * Patches of one resource wait for each other here, so that many clients of this process do not disturb each other; a
 * client of another process is met by the attempts.
 */
const turns = new WeakMap<FhirStore, Turns>();

function turnsOf(store: FhirStore): Turns {
  let own = turns.get(store);
  if (own === undefined) turns.set(store, (own = createTurns()));
  return own;
}

const attempts = 10;

async function patched(
  store: FhirStore,
  { type, id, ifMatch, patch }: { type: string; id: string; ifMatch: number[] | '*' | undefined; patch: Patch },
): Promise<{ version: StoredVersion; notice: 'updated' | 'unchanged' }> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const current = await store.read(type, id);
    requireCurrent(current, type, id);
    const { versionId } = current;
    if (Array.isArray(ifMatch) && !ifMatch.includes(versionId)) failVersionMismatch(type, id, ifMatch, versionId);
    const received = applyPatch(patch, current.content, type);
    if (received === undefined) return { version: current, notice: 'unchanged' };
    const expected = { ifMatch: [versionId], requireMatch: true, createAllowed: false };
    const outcome = await store.update({ type, id, ...received, ...expected });
    if ('version' in outcome) {
      return { version: outcome.version, notice: outcome.kind === 'unchanged' ? 'unchanged' : 'updated' };
    }
  }
  const diagnostics = `${type}/${id} was changed by others ${attempts} times while the patch was applied.`;
  fail('patch-contended', { type, id }, { diagnostics });
}
