/** The parameters of an export. https://hl7.org/fhir/uv/bulkdata/STU2/export.html#query-parameters */
import { isId, isResourceType } from '@dhp/fhir-model';
import { headerOf, type Call, type Services } from '../../contract/interaction.ts';
import { endpointTypes } from '../../endpoint-types.ts';
import { denied, missingPermission, refusal } from '../../http/access.ts';
import { fail } from '../../http/errors.ts';
import { isLenient, prefersAsync } from '../../http/negotiate.ts';
import { periodOf } from '../../interactions/history-period.ts';
import { invalid, isObject } from '../input.ts';
import type { Input } from '../operation.ts';
import { membersOf } from '../../search/compartments.ts';
import { readAssociated, type Associated } from './associated.ts';
import { readForm, type Form } from './form.ts';
import { readElements, type Elements } from './lines.ts';
import { readFilters, type Filters } from './filters.ts';

export interface Asked extends Form {
  /** In the order of their names. */
  readonly types: readonly string[];
  /** Whether only records of patients are meant. */
  readonly isOfPatients: boolean;
  /** Ids of the Groups whose members are meant. */
  readonly groups: readonly string[] | undefined;
  /** Ids that `patient` names. */
  readonly patients: readonly string[] | undefined;
  readonly since: Date | undefined;
  readonly until: Date | undefined;
  readonly elements: Elements | undefined;
  readonly filters: Filters;
  /** Set if Provenance is exported only for exported resources. */
  readonly associated: Associated | undefined;
}

const formats = ['application/fhir+ndjson', 'application/ndjson', 'ndjson'];

/** Never exported: the trail has a life and readers of its own, and of a Binary nothing tells whose it is. */
export const kept: ReadonlyMap<string, string> = new Map(
  Object.entries<string>({
    AuditEvent: 'The trail is read by GET AuditEvent, and exported by its operators.',
    Binary: 'Read each at the address that a DocumentReference has.',
  }),
);

/** Fails with `parameter-invalid`, and with `scope-insufficient` or `policy-refuses` for a type that is named and not permitted. */
export function readAsked(services: Services, call: Call, input: Input): Asked {
  const given = (name: string): readonly string[] | undefined => input.get(name)?.map(String);
  requireFormat(given('_outputFormat')?.[0]);
  const form = readForm(call, input);
  const isOfPatients = call.type !== '' || form.isOrganized;
  const associated = readAssociated(call, input);
  const asked = typesOf(services, call, { named: listOf(given('_type')), isOfPatients });
  const types = associated === undefined ? asked : withProvenance(services, call, asked);
  const [since, until] = (['_since', '_until'] as const).map((name) => instantOf(name, given(name)?.[0], services));
  if (since !== undefined && until !== undefined && since >= until)
    invalid('_until', '_until is not behind _since, so that nothing can lie between them.');
  const groups = call.type === 'Group' ? [call.id] : undefined;
  const patients = call.type === '' ? undefined : patientsOf(input, call, services);
  if (call.type === '' && input.has('patient'))
    invalid(
      'patient',
      'patient is for exports of patients and groups: POST it to Patient/$export or Group/[id]/$export.',
    );
  const elements = readElements(given('_elements') ?? [], types);
  const filters = readFilters(services, call, given('_typeFilter') ?? [], types);
  const which = { types, isOfPatients, groups, patients, elements, filters, associated };
  return { ...which, ...form, since: since && behind(since), until };
}

/** The caller names a moment, and the resources stored at it are known: the next millisecond begins after it. */
export function behind(moment: Date): Date {
  return new Date(moment.getTime() + 1);
}

function requireFormat(format: string | undefined): void {
  // A plus sign in a query is a space.
  if (format === undefined || formats.includes(format.toLowerCase().replace(' ', '+'))) return;
  invalid('_outputFormat', `_outputFormat is ${formats.join(', ')}, not ${JSON.stringify(format.slice(0, 100))}.`);
}

function listOf(values: readonly string[] | undefined): string[] | undefined {
  const all = values?.flatMap((value) => value.split(',')).map((each) => each.trim());
  return all?.filter((each) => each !== '');
}

/** All that the caller may read and search, or those that are named. */
function typesOf(
  services: Services,
  call: Call,
  { named, isOfPatients }: { readonly named: readonly string[] | undefined; readonly isOfPatients: boolean },
): string[] {
  const possible = endpointTypes.filter(
    (type) => kept.get(type) === undefined && (!isOfPatients || membersOf('Patient').has(type)),
  );
  if (named === undefined || named.length === 0) {
    const all = possible.filter((type) => failureOf(services, call, type) === undefined);
    if (all.length === 0) throw failureOf(services, call, isOfPatients ? 'Patient' : '*')!;
    return all.sort();
  }
  const lenient = isLenient(headerOf(call, 'prefer'));
  const asked = [...new Set(named)].filter((type) => {
    if (possible.includes(type)) return true;
    return lenient ? false : refuseType(type, isOfPatients);
  });
  for (const type of asked) {
    const failed = failureOf(services, call, type);
    if (failed !== undefined) throw failed;
  }
  if (asked.length === 0) invalid('_type', '_type names no type that can be exported here.');
  return asked.sort();
}

/** Provenance is asked for by `includeAssociatedData`, whether `_type` names it or not. */
function withProvenance(services: Services, call: Call, types: readonly string[]): string[] {
  if (types.every((type) => type === 'Provenance'))
    invalid('includeAssociatedData', 'includeAssociatedData is about resources of other types. Name some in _type.');
  const failed = failureOf(services, call, 'Provenance');
  if (failed !== undefined) throw failed;
  return [...new Set([...types, 'Provenance'])].sort();
}

function refuseType(type: string, isOfPatients: boolean): never {
  const shown = JSON.stringify(type.slice(0, 100));
  if (!isResourceType(type)) invalid('_type', `_type is a list of resource types of R5; ${shown} is none.`);
  if (kept.get(type) !== undefined) invalid('_type', `${type} is not exported. ${kept.get(type)}`);
  if (isOfPatients) invalid('_type', `${type} cannot be in the compartment of a Patient. GET [base]/$export has it.`);
  invalid('_type', `${type} is not stored here.`);
}

/** The refusal of a type that the caller may not both read and search; undefined if both are given. */
export function failureOf({ rules }: Services, { access }: Call, type: string, interaction = '$export') {
  if (access === undefined) throw new Error('an export came without access');
  const missing =
    missingPermission(access, 's', type, interaction) ?? missingPermission(access, 'r', type, interaction);
  if (missing !== undefined) return missing;
  return type !== '*' && rules?.('s', type) === false ? refusal(access, 's', type, interaction) : undefined;
}

function instantOf(name: string, text: string | undefined, { timeZone }: Services): Date | undefined {
  if (text === undefined) return undefined;
  const period = text.includes('T') ? periodOf(text, timeZone) : undefined;
  if (period !== undefined) return period.start;
  return invalid(
    name,
    `${name} is an instant such as 2026-11-25T09:30:00+05:00, not ${JSON.stringify(text.slice(0, 100))}.`,
  );
}

/** Patients that one export can name. */
export const mostPatients = 10_000;

function patientsOf(input: Input, call: Call, { baseUrl }: Services): string[] | undefined {
  const given = input.get('patient');
  if (given === undefined) return undefined;
  if (call.body === undefined) invalid('patient', 'patient is sent by POST, in Parameters.');
  const ids = given.map((value) => {
    const reference = isObject(value) ? value['reference'] : value;
    const [type, id = '', ...rest] =
      typeof reference === 'string' ? reference.replace(`${baseUrl}/`, '').split('/') : [];
    if (type === 'Patient' && isId(id) && rest.length === 0) return id;
    const shown = JSON.stringify(reference ?? null).slice(0, 100);
    return invalid('patient', `patient is a reference to a Patient of this server, such as Patient/1, not ${shown}.`);
  });
  const all = [...new Set(ids)];
  if (all.length > mostPatients)
    invalid('patient', `An export names ${mostPatients} patients at most, not ${all.length}. Make a Group of them.`);
  return all;
}

const permissions: ReadonlyMap<string, 'u' | 'd'> = new Map(
  Object.entries<'u' | 'd'>({ $import: 'u', '$bulk-submit': 'u', '$bulk-submit-status': 'u', '$bulk-delete': 'd' }),
);

/** Fails with `scope-insufficient`: exports, imports and deletions are for systems. */
export function requireSystem({ access }: Call, interaction = '$export'): void {
  if (access === undefined) throw new Error(`${interaction} came without access`);
  if (access.authority === 'system') return;
  throw denied(access, permissions.get(interaction) ?? 's', '*', interaction);
}

/** The jobs that make the files of exports. Fails with `async-required` without `Prefer: respond-async`, and `exports-off`. */
export function jobsForExports({ jobs, exports }: Services, call: Call): NonNullable<Services['jobs']> {
  if (call.work === undefined && !prefersAsync(headerOf(call, 'prefer'))) {
    const diagnostics = 'An export is answered later. Send it again with the header Prefer: respond-async.';
    fail('async-required', {}, { diagnostics });
  }
  if (jobs === undefined || exports === undefined) {
    const diagnostics = 'DHP_JOBS or DHP_EXPORTS is off in this environment.';
    fail('exports-off', {}, { diagnostics });
  }
  return jobs;
}
