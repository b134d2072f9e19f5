/** Patients of the resources that a Provenance is about: it belongs to their records too. https://hl7.org/fhir/uv/bulkdata/STU2/export.html#query-parameters */
import { isId, isResourceType } from '@dhp/fhir-model';
import { patientCompartment, type JsonResource } from '@dhp/fhir-search';
import type { StoredVersion } from '@dhp/fhir-store';
import { sortedIds, type SnapshotTimes } from '@dhp/fhir-store/jobs';
import { seenNow, storedPage } from '../../access/seen-snapshot.ts';
import type { Services } from '../../contract/interaction.ts';
import { membersOf } from '../../search/compartments.ts';

/** @returns ids of the patients of one of some versions of Provenance, as far as the caller sees its targets at that time */
export async function targetsIn(
  services: Services,
  { until }: SnapshotTimes,
  versions: readonly StoredVersion[],
): Promise<(provenance: JsonResource) => readonly string[]> {
  const { baseUrl } = services;
  const wanted = new Map<string, Set<string>>();
  for (const { deleted, content } of versions) {
    if (deleted) continue;
    for (const [type, id] of namesIn(JSON.parse(content.toString('utf8')) as JsonResource, baseUrl))
      if (type !== 'Patient') wanted.set(type, (wanted.get(type) ?? new Set()).add(id));
  }
  const patients = new Map<string, readonly string[]>();
  for (const [type, all] of wanted)
    for (let ids = sortedIds([...all]); ids.length > 0;) {
      const page = await storedPage(services, type, { until }, ids);
      for (const { id, deleted, content } of await seenNow(services, page.versions)) {
        if (deleted) continue;
        const resource = JSON.parse(content.toString('utf8')) as JsonResource;
        patients.set(`${type}/${id}`, patientCompartment(resource, [baseUrl]));
      }
      const { last } = page;
      ids = last === undefined ? [] : ids.filter((id) => id > last);
    }
  return (provenance) => {
    const own = new Set(patientCompartment(provenance, [baseUrl]));
    for (const [type, id] of namesIn(provenance, baseUrl))
      for (const patient of type === 'Patient' ? [id] : (patients.get(`${type}/${id}`) ?? [])) own.add(patient);
    return [...own];
  };
}

/** Targets of this server that can be in the record of a patient. */
function namesIn({ target }: JsonResource, baseUrl: string): [type: string, id: string][] {
  return [target].flat().flatMap((one) => {
    const { reference } = (one ?? {}) as { readonly reference?: unknown };
    if (typeof reference !== 'string') return [];
    const [type = '', id = '', history] = reference.replace(`${baseUrl}/`, '').split('/');
    const isOwn = isResourceType(type) && isId(id) && (history === undefined || history === '_history');
    return isOwn && (type === 'Patient' || membersOf('Patient').has(type)) ? [[type, id]] : [];
  });
}
