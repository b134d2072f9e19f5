/** The terminology of the server as the validation asks it. */
import type { TerminologyNow } from '@dhp/fhir-store';
import { keptCodes, type Codes } from '@dhp/fhir-validation';

export interface StoredCodes extends Codes {
  /** Call it when terminology is known, and after each refresh. */
  use(now: TerminologyNow): void;
}

/** All codes are unknown until terminology is known. */
export function storedCodes(): StoredCodes {
  let revision: number | undefined;
  const kept = keptCodes();
  return {
    validate: (valueSet, system, code, budget) => kept.validate(valueSet, system, code, budget),
    concept: (system, code, version) => kept.concept(system, code, version),
    system: (url, version) => kept.system(url, version),
    valueSetKnowledge: (canonical) => kept.valueSetKnowledge(canonical),
    mark: (valueSet, system, code) => kept.mark(valueSet, system, code),
    use({ terminology, revision: now }) {
      if (now === revision) return;
      revision = now;
      kept.use({
        validate: (valueSet, system, code, budget) => terminology.memberOf(valueSet, system, code, budget),
        concept(system, code, version) {
          const known = terminology.concept(system, code, version);
          // Authors cannot correct it while they write: the operator decides which systems are known.
          return known.known === 'unknown' ? undefined : known;
        },
        system: (url, version) => terminology.system(url, version),
        valueSetKnowledge: (canonical) => terminology.valueSetKnowledge(canonical),
        mark: (valueSet, system, code) => terminology.markOf(valueSet, system, code),
      });
    },
  };
}
