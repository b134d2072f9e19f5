/** The patients of resources whose shown content does not name them: the store does. */
import { sortedIds, type SnapshotTimes } from '@dhp/fhir-store/jobs';
import { storedPage } from '../../access/seen-snapshot.ts';
import { patientsIn } from '../../audit/patients-in.ts';
import type { Services } from '../../contract/interaction.ts';

interface Of {
  readonly times: SnapshotTimes;
  readonly type: string;
}

/**
 * Adds the patients to whom resources of a type refer, as they were stored at a time.
 * @param unnamed ids of the resources
 * @param patients gets the ids of the patients
 */
export async function noteUnnamed(
  services: Services,
  { times, type }: Of,
  unnamed: readonly string[],
  patients: Set<string>,
): Promise<void> {
  for (let ids = sortedIds(unnamed); ids.length > 0;) {
    const { versions, last } = await storedPage(services, type, times, ids);
    for (const { content } of versions) patientsIn(content, services.baseUrl, patients);
    ids = last === undefined ? [] : ids.filter((id) => id > last);
  }
}
