/** Patients of the resources that a Provenance is about: it belongs to their records too. https://hl7.org/fhir/uv/bulkdata/STU2/export.html#query-parameters */
import { isId, isResourceType } from '@dhp/fhir-model';
import { patientCompartment, type JsonResource } from '@dhp/fhir-search';
import { searchParameter } from '@dhp/fhir-search/parameters';
import type { StoredVersion } from '@dhp/fhir-store';
import { sortedIds, type SnapshotTimes } from '@dhp/fhir-store/jobs';
import { seenNow, storedPage } from '../../access/seen-snapshot.ts';
import { conditionOf } from '@dhp/search-index';
import type { Call, Services } from '../../contract/interaction.ts';
import { membersOf } from '../../search/compartments.ts';
import { searchAccess } from '../../search/search-access.ts';
import { fromStore } from '../../http/store-failure.ts';
import { parseOptions } from '../../search/understood.ts';

/** Types and ids of resources. */
type Names = ReadonlyMap<string, ReadonlySet<string>>;

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
      if (type !== 'Patient') addName(wanted, type, id);
  }
  const patients = new Map<string, readonly string[]>();
  for await (const [type, page] of pagesOf(services, wanted, { until }))
    for (const { id, deleted, content } of await seenNow(services, page)) {
      if (deleted) continue;
      const resource = JSON.parse(content.toString('utf8')) as JsonResource;
      patients.set(`${type}/${id}`, patientCompartment(resource, [baseUrl]));
    }
  return (provenance) => {
    const own = new Set(patientCompartment(provenance, [baseUrl]));
    for (const [type, id] of namesIn(provenance, baseUrl))
      for (const patient of type === 'Patient' ? [id] : (patients.get(`${type}/${id}`) ?? [])) own.add(patient);
    return [...own];
  };
}

export function addName(names: Map<string, Set<string>>, type: string, id: string): void {
  const ids = names.get(type);
  if (ids === undefined) names.set(type, new Set([id]));
  else ids.add(id);
}

/** Pages of resources as they are stored: for nobody's eyes before `seenNow`. */
export async function* pagesOf(
  services: Services,
  names: Names,
  times: SnapshotTimes,
): AsyncGenerator<[type: string, versions: readonly StoredVersion[]], void> {
  for (const [type, all] of names)
    for (let ids = sortedIds(all); ids.length > 0;) {
      const { versions, last } = await storedPage(services, type, times, ids);
      yield [type, versions];
      ids = last === undefined ? [] : ids.filter((id) => id > last);
    }
}

/** Targets of this server, in any version. */
export function targetsOf({ target }: JsonResource, baseUrl: string): [type: string, id: string][] {
  return [target].flat().flatMap((one) => {
    const { reference } = (one ?? {}) as { readonly reference?: unknown };
    if (typeof reference !== 'string') return [];
    const [type = '', id = '', history] = reference.replace(`${baseUrl}/`, '').split('/');
    const isOwn = isResourceType(type) && isId(id) && (history === undefined || history === '_history');
    return isOwn ? [[type, id]] : [];
  });
}

/** Targets of this server that can be in the record of a patient. */
function namesIn(provenance: JsonResource, baseUrl: string): [type: string, id: string][] {
  return targetsOf(provenance, baseUrl).filter(([type]) => type === 'Patient' || membersOf('Patient').has(type));
}

/** Targets that are looked up together. */
const lookedUp = 200;

/** Ids of current Provenances. Empty if the caller does not see their targets. @param targets `Type/id` */
export async function foundAbout(
  { services, call }: { readonly services: Services; readonly call: Call },
  targets: readonly string[],
): Promise<string[]> {
  const options = parseOptions(services, call);
  if (options.own?.hidden !== undefined && searchParameter('Provenance', 'target', options.own)?.hidden !== undefined)
    return [];
  const { store } = services.reading('s');
  const scope = { path: '/$export', interaction: '$export', of: 'Provenance' };
  const found: string[] = [];
  for (let n = 0; n < targets.length; n += lookedUp) {
    const where = conditionOf('Provenance', [['target', targets.slice(n, n + lookedUp).join()]], options);
    const rows = await fromStore(() => store.find('Provenance', where, 2 ** 31 - 1, searchAccess(services)), scope);
    for (const { id } of rows) found.push(id);
  }
  return found;
}
