/** The parameters of `$bulk-delete`. docs/bulk-export.md */
import { isResourceType } from '@dhp/fhir-model';
import type { Condition } from '@dhp/search-index';
import type { Call, Services } from '../../contract/interaction.ts';
import { endpointTypes } from '../../endpoint-types.ts';
import { missingPermission, refusal } from '../../http/access.ts';
import { readFilters, type Filters as Searches } from '../export/filters.ts';
import { invalid } from '../input.ts';
import type { Input } from '../operation.ts';
import { patientCondition, readFilters as readPatients, type Filters } from '../views/patients.ts';

/** purge: an operator is to purge the deleted resources, too. docs/operations/retention.md */
export type DeletionMode = 'count' | 'delete' | 'purge';

export interface AskedDeletion {
  readonly mode: DeletionMode;
  /** In the order of deletion: types that others refer to come last. */
  readonly types: readonly string[];
  readonly searches: Searches;
  readonly of: Filters;
  /** Where more is found, nothing is deleted. */
  readonly most: number;
}

/** Resources of one deletion: all of them are noted before the first one is deleted. */
export const mostDeleted = 200_000;

/** Others refer to these, so that they are tried last. */
const last = [
  'Device',
  'RelatedPerson',
  'Encounter',
  'EpisodeOfCare',
  'Patient',
  'PractitionerRole',
  'Practitioner',
  'Location',
  'Organization',
];

/** Fails with `parameter-invalid`, with the failures of a search, and with `scope-insufficient` or `policy-refuses` for a type that may not be searched and deleted. */
export function readAskedDeletion(services: Services, call: Call, input: Input): AskedDeletion {
  const given = (name: string): readonly string[] => (input.get(name) ?? []).map(String);
  const types = [...new Set(given('_type').flatMap((value) => value.split(',')))].filter((type) => type !== '');
  if (types.length === 0) invalid('_type', '_type names the types of which resources are deleted.');
  for (const type of types) requireType(services, call, type);
  const mode = modeOf(given('mode')[0]);
  return {
    mode,
    types: types.toSorted((a, b) => last.indexOf(a) - last.indexOf(b) || (a < b ? -1 : 1)),
    searches: readFilters(services, call, given('_typeFilter'), types, true),
    of: readPatients(input, services),
    most: mostOf(mode, given('most')[0]),
  };
}

function modeOf(mode: string | undefined): DeletionMode {
  if (mode === undefined || mode === 'count' || mode === 'delete' || mode === 'purge') return mode ?? 'count';
  return invalid('mode', `mode is count, delete or purge, not ${JSON.stringify(mode.slice(0, 100))}.`);
}

/** A deletion needs the count from an earlier request. */
function mostOf(mode: DeletionMode, text: string | undefined): number {
  if (mode === 'count') return mostDeleted;
  if (text === undefined || !/^(0|[1-9]\d{0,8})$/.test(text) || Number(text) > mostDeleted) {
    const diagnostics = `To delete, send as most the number that was counted before with the same parameters and mode count: a whole number up to ${mostDeleted}.`;
    return invalid('most', diagnostics);
  }
  return Number(text);
}

function requireType(services: Services, { access }: Call, type: string): void {
  const shown = JSON.stringify(type.slice(0, 100));
  if (!isResourceType(type) || !endpointTypes.includes(type))
    invalid('_type', `_type is a list of types that are stored here; ${shown} is none.`);
  if (type === 'AuditEvent') invalid('_type', 'The trail has a life of its own: no AuditEvent is deleted here.');
  const interaction = '$bulk-delete';
  const missing =
    missingPermission(access!, 's', type, interaction) ?? missingPermission(access!, 'd', type, interaction);
  if (missing !== undefined) throw missing;
  if (services.rules?.('s', type) === false) throw refusal(access!, 's', type, interaction);
}

/** All of them have to be met. Fails as `patientCondition` does. */
export async function conditionsOf(
  services: Services,
  call: Call,
  { searches, of }: Pick<AskedDeletion, 'searches' | 'of'>,
  type: string,
): Promise<Condition[]> {
  const ofPatients = await patientCondition(services, call, of, type);
  return [searches.get(type), ofPatients].flatMap((condition) => condition ?? []);
}
