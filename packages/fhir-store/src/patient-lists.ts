/** Makes and reads the lists of patients of exports. docs/decisions/0147-lists-of-patients.md */
import type { TrailRow } from '@dhp/trail';
import { listHash, type PatientList } from '@dhp/trail/lists';
import type { Pools } from './pools.ts';
import {
  areAllNamed,
  insertListed,
  selectListed,
  selectListsOf,
  selectNamed,
  type ListOfPatient,
  type ListPlace,
  type NamedPatient,
} from './statements/patient-lists.ts';
import type { Session } from './statements/session.ts';
import { guarded } from './store-unavailable.ts';

/** All methods reject with `StoreUnavailable` when the database cannot be reached or does not answer in time. */
export interface PatientListStore {
  /**
   * Makes the patient list of an export from its complete files. The entries of an earlier attempt stay, so that its hash is the same.
   * @param place its month must be the same in each attempt
   * @returns undefined if the patients of some files were not noted
   */
  make(
    place: ListPlace,
    seal: (patients: readonly NamedPatient[]) => readonly TrailRow[],
  ): Promise<PatientList | undefined>;
  /** The lists that contain a patient, by the pseudonym. */
  of(patient: Buffer): Promise<ListOfPatient[]>;
}

/** Rows in one statement. */
const together = 1_000;
const readTogether = 5_000;

export function createPatientLists({ trail, pages }: Pick<Pools, 'trail' | 'pages'>): PatientListStore {
  return {
    make: (place, seal) =>
      guarded(async () => {
        if (!(await areAllNamed(pages, place.id))) return undefined;
        for (let after = ''; ;) {
          const named = await selectNamed(pages, place.id, after, together);
          if (named.length > 0) await insertListed(trail, place, seal(named));
          if (named.length < together) break;
          after = named.at(-1)!.patient;
        }
        return { ...place, ...(await hashOfList(pages, place)) };
      }),
    of: (patient) => guarded(() => selectListsOf(pages, patient)),
  };
}

/** The number of patients and the hash of a stored list. */
export async function hashOfList(sql: Session, place: ListPlace): Promise<Pick<PatientList, 'patients' | 'sha256'>> {
  const hash = listHash();
  let patients = 0;
  for (let after: Buffer = Buffer.alloc(0); ;) {
    const page = await selectListed(sql, place, after, readTogether);
    for (const row of page) hash.add(row);
    patients += page.length;
    if (page.length < readTogether) return { patients, sha256: hash.hex() };
    after = page.at(-1)!.patient;
  }
}
