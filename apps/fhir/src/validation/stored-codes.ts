/** The terminology of the server as the validation asks it. */
import type { TerminologyNow } from '@dhp/fhir-store';
import type { Codes, Membership } from '@dhp/fhir-validation';

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
  return {
    use(now) {
      if (now.revision === revision) return;
      ({ terminology, revision } = now);
      kept.clear();
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
  };
}
