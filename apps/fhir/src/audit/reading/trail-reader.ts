/** Opens the records of the trail and the lists that they name, with the keys of the environment. */
import type { FhirStore } from '@dhp/fhir-store';
import { openRecord, openSealer, pseudonymOf, type OpenedRecord, type TrailKeys } from '@dhp/trail';
import { filesOf, listedRow, nameOfList } from '@dhp/trail/lists';
import type { TrailReader } from '../../contract/trail.ts';

export function trailReader({ trail }: Pick<FhirStore, 'trail'>, keys: TrailKeys): TrailReader {
  const sealer = openSealer(keys);
  /** A server whose key for it was destroyed cannot read a row: the list no longer names the patient then. */
  async function listsOf(pseudonym: Buffer): Promise<{ pseudonym: Buffer; files: readonly number[] }[]> {
    const found = await trail.lists.of(pseudonym);
    return found.flatMap((row) => {
      const files = filesOf(keys, row);
      return files === undefined ? [] : [{ pseudonym: pseudonymOf(keys, nameOfList(row.list)), files }];
    });
  }
  return {
    async records({ patient, ...asked }) {
      const pseudonym = patient === undefined ? undefined : pseudonymOf(keys, patient);
      const lists = pseudonym === undefined ? [] : await listsOf(pseudonym);
      const found = await trail.recordsOf({ ...asked, patient: pseudonym, lists });
      return found.map((stored) => {
        const { recorded, transactionId, id } = stored;
        return { recorded, transactionId, id, ...toldOf(openRecord(keys, stored), patient) };
      });
    },
    async listOf(job, begun) {
      const recorded = begun.getTime();
      const place = { id: job, month: `${begun.toISOString().slice(0, 7)}-01` };
      const list = await trail.lists.make(place, (named) =>
        named.map(({ patient, files }) => listedRow(sealer, { list: job, recorded, patient, files })),
      );
      return list?.patients === 0 ? undefined : list;
    },
  };
}

/** The record of a list names many patients: a search for one of them returns no others whom the query may name. */
function toldOf(record: OpenedRecord, patient: string | undefined): OpenedRecord {
  if (patient === undefined || record.content['list'] === undefined) return record;
  const { query: _, ...sealed } = record.sealed ?? {};
  return { ...record, sealed: { ...sealed, patient } };
}
