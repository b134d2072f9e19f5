/** The patients whose records a table covers, and the condition for a type. https://sql-on-fhir.org/ig/operations-common.html#filtering */
import { isId, type Group } from '@dhp/fhir-model';
import { SearchFault } from '@dhp/fhir-search';
import type { Condition } from '@dhp/search-index';
import { memberFilters } from '../../cohort/member-filter.ts';
import { membersNow } from '../../cohort/members.ts';
import type { Call, Services } from '../../contract/interaction.ts';
import { fail } from '../../http/errors.ts';
import { searchFailure } from '../../http/search-problems.ts';
import { membersOf } from '../../search/compartments.ts';
import { searchAccess } from '../../search/search-access.ts';
import { fromStore } from '../../http/store-failure.ts';
import { parseOptions } from '../../search/understood.ts';
import { inCompartment, inCompartmentOfPatients } from '../../search/within-compartment.ts';
import { invalid, isObject } from '../input.ts';
import type { Input } from '../operation.ts';

/** The most patients for one table. */
const mostPatients = 1_000;

/** Ids named by `patient`, and those of the members of each `group`; a table covers patients who are in all of the lists. */
export interface Filters {
  readonly patients: readonly string[] | undefined;
  readonly groups: readonly string[] | undefined;
}

/** Fails with `parameter-invalid` for a text that is not a reference to a resource of this server. */
export function readFilters(input: Input, { baseUrl }: Services): Filters {
  const ids = (name: 'patient' | 'group', type: string): readonly string[] | undefined =>
    input.get(name)?.map((value) => idIn(value, { name, type, baseUrl }));
  return { patients: ids('patient', 'Patient'), groups: ids('group', 'Group') };
}

function idIn(value: unknown, { name, type, baseUrl }: { name: string; type: string; baseUrl: string }): string {
  const reference = isObject(value) ? value['reference'] : value;
  const text = typeof reference === 'string' ? reference.replace(`${baseUrl}/`, '') : '';
  const [of, id = '', ...rest] = text.split('/');
  if (of === type && isId(id) && rest.length === 0) return id;
  const shown = JSON.stringify(reference ?? null).slice(0, 100);
  return invalid(name, `${name} is a reference to a ${type} of this server, such as ${type}/1, not ${shown}.`);
}

/**
 * The condition that a resource of the type is in the compartment of one of the patients; undefined if none are named. Fails with
 * `compartment-member-unknown`, `search-parameter-hidden`, and with `parameter-invalid` for patients and groups that do not exist.
 */
export async function patientCondition(
  services: Services,
  call: Call,
  { patients, groups }: Filters,
  type: string,
): Promise<Condition | undefined> {
  if (patients === undefined && groups === undefined) return undefined;
  requireMember(services, call, type);
  const ofGroups =
    groups &&
    new Set((await Promise.all(groups.map((id) => patientsOfGroup(services, call, id, { among: patients })))).flat());
  const ids = [...new Set(patients ?? ofGroups)].filter((id) => ofGroups?.has(id) !== false);
  const count = Math.max(ids.length, patients?.length ?? 0);
  if (count > mostPatients)
    invalid(
      'patient',
      `A table is about ${mostPatients} patients at most, not ${count}. Name fewer, or leave them out.`,
    );
  // Requested patients are recorded, whether or not the table contains their data.
  for (const id of patients ?? []) call.recording?.patients.add(id);
  if (patients !== undefined) await requirePatients(services, call, [...new Set(patients)]);
  return ids.length === 0 ? { op: 'any', of: [] } : inCompartmentOfPatients(ids, type, parseOptions(services, call));
}

/**
 * Fails with `compartment-member-unknown` for a type that is never in a patient compartment, `search-parameter-hidden` if the caller may
 * not search by its patient.
 */
export function requireMember(services: Services, call: Call, type: string): void {
  if (!membersOf('Patient').has(type)) {
    const diagnostics = `${type} cannot be in the compartment of a Patient. Leave out patient and group.`;
    fail('compartment-member-unknown', { type, compartment: 'Patient' }, { diagnostics });
  }
  try {
    inCompartment({ compartment: 'Patient', id: '-' }, type, parseOptions(services, call));
  } catch (error) {
    throw error instanceof SearchFault ? searchFailure(error) : error;
  }
}

/**
 * The patients who are members now; for a Group by characteristic those of `among`, otherwise at most some more than a table can cover.
 * Fails with `parameter-invalid` for a Group that does not exist.
 * @param name the parameter that names the Group
 */
export async function patientsOfGroup(
  services: Services,
  call: Call,
  id: string,
  { name = 'group', among }: { readonly name?: string; readonly among?: readonly string[] | undefined },
): Promise<string[]> {
  const version = await services.reading('r').store.read('Group', id);
  if (version === undefined || version.deleted) invalid(name, `There is no Group/${id} here.`);
  const group = JSON.parse(version.content.toString('utf8')) as Group;
  const filters = memberFilters({ ...group });
  if (filters !== undefined) {
    const wanted = among === undefined ? { limit: mostPatients + 1 } : { among };
    const found = await membersNow(services, call, { filters }, wanted);
    call.budget.take(found.length, 'the members of a Group');
    return found;
  }
  const { member = [] } = group;
  call.budget.spend(member.length, 'the members of a Group');
  return member.flatMap(({ entity, inactive }) => {
    const [type, patient = ''] = entity.reference?.split('/') ?? [];
    return type === 'Patient' && inactive !== true && isId(patient) ? [patient] : [];
  });
}

/** A patient whom the caller may not search is treated as absent; if no patients may be searched, nothing is revealed about any. */
async function requirePatients(services: Services, { budget }: Call, ids: readonly string[]): Promise<void> {
  const permitted = searchAccess(services);
  if (permitted('Patient') === false) return;
  const { store } = services.reading('s');
  const scope = { path: '/$viewdefinition-run', interaction: '$viewdefinition-run', of: 'Patient' };
  const found = await fromStore(() => store.find('Patient', { op: 'id', any: ids }, ids.length, permitted), scope);
  budget.take(found.length, 'the patients of a table');
  const known = new Set(found.map(({ id }) => id));
  const missing = ids.find((id) => !known.has(id));
  if (missing !== undefined) invalid('patient', `There is no Patient/${missing} here.`);
}
