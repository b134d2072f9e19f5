import type { StoredVersion } from '@dhp/fhir-store';
import type { ReceivedResource } from '../contract/resource.ts';
import { failVersionMismatch } from '../http/concurrency.ts';
import { fail } from '../http/errors.ts';
import { readIfMatch } from '../http/etag.ts';
import { patched, receivePatch, withoutContent } from '../interactions/patch.ts';
import { answerUpdate } from '../interactions/update.ts';
import { headerOf, type Call, type Services, type Interaction } from '../contract/interaction.ts';
import { criteriaInQuery, requireCriteriaPermission, type Criteria } from './criteria.ts';
import { decideAndWrite, type Decision } from './decision.ts';
import { atMostOne, type Match } from './matches.ts';

/** A patch of the one resource that matches. https://hl7.org/fhir/R5/http.html#patch */
export const conditionalPatch: Interaction = async (services, call) => {
  requireCriteriaPermission(call);
  const criteria = criteriaInQuery(services, call);
  const patch = receivePatch(call);
  return decideAndWrite(services, criteria, (matches) =>
    decidePatch(services, call, {
      criteria,
      matches,
      patched: (current) => patched(services, patch, current, call),
    }),
  );
};

/**
 * Fails with `criteria-no-match` (404) and `multiple-matches` (412).
 * @param patched the content of the next version; undefined when nothing changes
 */
export async function decidePatch(
  services: Services,
  call: Call,
  o: {
    criteria: Criteria;
    matches: readonly Match[];
    patched: (current: StoredVersion) => ReceivedResource | undefined | Promise<ReceivedResource | undefined>;
  },
): Promise<Decision | undefined> {
  const { criteria, matches } = o;
  const { type } = criteria;
  const match = atMostOne(criteria, matches);
  if (match === undefined) {
    fail('criteria-no-match', { type }, { diagnostics: `${criteria.text.slice(0, 500)} matches nothing.` });
  }
  const { id, versionId } = match;
  const ifMatch = readIfMatch(headerOf(call, 'if-match'));
  if (Array.isArray(ifMatch) && !ifMatch.includes(versionId)) failVersionMismatch(type, id, ifMatch, versionId);
  const current = await services.store.read(type, id);
  if (current?.versionId !== versionId) return undefined;
  const received = await o.patched(current);
  const own = withoutContent({ ...call, id });
  if (received === undefined) {
    return { writes: [], answer: () => answerUpdate(services, own, { kind: 'unchanged', version: current }) };
  }
  const expected = { ifMatch: [versionId], requireMatch: true, createAllowed: false, method: 'PATCH' } as const;
  return {
    writes: [{ kind: 'update', type, id, ...received, ...expected }],
    answer: ([outcome]) => answerUpdate(services, own, outcome!),
  };
}
