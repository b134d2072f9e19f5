/** The terminology of the server as the validation asks it. */
import type { TerminologyNow } from '@dhp/fhir-store';
import { keptCodes, type Codes } from '@dhp/fhir-validation';

export interface StoredCodes extends Codes {
  /** To be called when terminology is known, and again whenever it is known again. */
  use(now: TerminologyNow): void;
}

/** Unknown are all codes until terminology is known. */
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
          // Nobody can do anything about it when they write: which systems are known is the matter of the operator.
          return known.known === 'unknown' ? undefined : known;
        },
        system: (url, version) => terminology.system(url, version),
        valueSetKnowledge: (canonical) => terminology.valueSetKnowledge(canonical),
        mark: (valueSet, system, code) => terminology.markOf(valueSet, system, code),
      });
    },
  };
}
