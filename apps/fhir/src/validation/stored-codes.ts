/** The terminology of the server as the validation asks it. */
import type { TerminologyNow } from '@dhp/fhir-store';
import type { CodeKnowledge, Codes, Membership } from '@dhp/fhir-validation';

/** Answers that are kept: the same few codes come again and again. An answer takes some 200 bytes. */
const mostKept = 50_000;

export interface StoredCodes extends Codes {
  /** To be called when terminology is known, and again whenever it is known anew. */
  use(now: TerminologyNow): void;
}

/** Unknown are all codes until terminology is known. */
export function storedCodes(): StoredCodes {
  let terminology: TerminologyNow['terminology'] | undefined;
  let revision: number | undefined;
  const kept = new Map<string, Membership>();
  const concepts = new Map<string, CodeKnowledge | undefined>();
  return {
    use(now) {
      if (now.revision === revision) return;
      ({ terminology, revision } = now);
      kept.clear();
      concepts.clear();
    },
    validate(valueSet, system, code) {
      const key = `${valueSet} ${system ?? ''} ${code}`;
      let found = kept.get(key);
      if (found === undefined) {
        found = terminology?.memberOf(valueSet, system, code) ?? 'unknown';
        if (kept.size >= mostKept) kept.clear();
        kept.set(key, found);
      }
      return found;
    },
    concept(system, code, version) {
      const key = `${system} ${code} ${version ?? ''}`;
      let found = concepts.get(key);
      if (found !== undefined || concepts.has(key)) return found;
      const known = terminology?.concept(system, code, version);
      // Nobody can do anything about it when they write: which systems are known is the matter of the operator.
      found = known === undefined || known.known === 'unknown' ? undefined : known;
      if (concepts.size >= mostKept) concepts.clear();
      concepts.set(key, found);
      return found;
    },
  };
}
