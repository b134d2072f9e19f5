/** Opens the records of the trail, with the keys of the environment. */
import type { FhirStore } from '@dhp/fhir-store';
import { openRecord, pseudonymOf, type TrailKeys } from '@dhp/trail';
import type { TrailReader } from '../../contract/trail.ts';

export function trailReader({ trail }: Pick<FhirStore, 'trail'>, keys: TrailKeys): TrailReader {
  return {
    async records({ patient, ...asked }) {
      const found = await trail.recordsOf({
        ...asked,
        patient: patient === undefined ? undefined : pseudonymOf(keys, patient),
      });
      return found.map((stored) => {
        const { recorded, transactionId, id } = stored;
        return { recorded, transactionId, id, ...openRecord(keys, stored) };
      });
    },
  };
}
