/** The parameters of the feed of changes. */
import { isId, isResourceType } from '@dhp/fhir-model';
import type { FeedPlace } from '../../contract/changes.ts';
import { headerOf, type Call, type Services } from '../../contract/interaction.ts';
import { endpointTypes } from '../../endpoint-types.ts';
import { missingPermission, refusal } from '../../http/access.ts';
import { wantsEvents } from '../../http/accept.ts';
import { membersOf } from '../../search/compartments.ts';
import { hiddenMembership } from '../../search/within-compartment.ts';
import { parseOptions } from '../../search/understood.ts';
import { placeNow } from '../../access/seen-changes.ts';
import { fail } from '../../http/errors.ts';
import { invalid } from '../input.ts';
import type { Input } from '../operation.ts';

export interface Asked {
  /** Undefined: from the first change on. */
  readonly behind: FeedPlace | undefined;
  /** As it was requested. */
  readonly after: string | undefined;
  readonly count: number;
  readonly types: readonly string[];
  readonly patient: string | undefined;
  /** Milliseconds to wait for new changes. */
  readonly wait: number;
  readonly asEvents: boolean;
  /** The same parameters for a link, without the place. */
  readonly repeated: string;
}

const usualCount = 100;
/** Changes of a page. */
export const mostCount = 1_000;
/** Seconds: proxies give up after a minute. */
export const longestWait = 50;

/** Fails with `parameter-invalid`, `changes-cursor-invalid`, and as a search of each type that is named. */
export async function readAsked(services: Services, call: Call, input: Input): Promise<Asked> {
  const given = (name: string): string | undefined => input.get(name)?.map(String)[0];
  const count = wholeNumber('_count', given('_count')) ?? usualCount;
  if (count === 0) invalid('_count', '_count is a whole number of 1 or more.', 'http._count');
  const wait = wholeNumber('wait', given('wait')) ?? 0;
  if (wait > longestWait)
    invalid('wait', `wait is a whole number of seconds, ${longestWait} at most, not ${wait}.`, 'http.wait');
  const patient = patientOf(given('patient'), services);
  const named = input
    .get('_type')
    ?.flatMap((value) => String(value).split(','))
    .map((type) => type.trim())
    .filter((type) => type !== '');
  const asEvents = wantsEvents(headerOf(call, 'accept'), call.query);
  if (asEvents) requirePlain(call);
  const after = (asEvents ? headerOf(call, 'last-event-id') : undefined) ?? given('after');
  return {
    after,
    behind: after === undefined ? undefined : await placeOf(services, after),
    count: Math.min(count, mostCount),
    types: typesOf(services, call, named, patient !== undefined),
    patient,
    wait: wait * 1_000,
    asEvents,
    repeated: repeatedOf(call, { count: given('_count'), types: named?.join(), patient, wait: given('wait') }),
  };
}

function placeOf(services: Services, after: string): Promise<FeedPlace> | FeedPlace {
  return after === 'now' ? placeNow(services) : services.changes.cursors.open(after);
}

function wholeNumber(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  return invalid(name, `${name} is a whole number, not ${JSON.stringify(text.slice(0, 100))}.`, `http.${name}`);
}

function patientOf(text: string | undefined, { baseUrl }: Services): string | undefined {
  if (text === undefined) return undefined;
  const id = text.replace(`${baseUrl}/`, '').replace(/^Patient\//, '');
  if (isId(id)) return id;
  const shown = JSON.stringify(text.slice(0, 100));
  return invalid('patient', `patient is the id of a Patient, or Patient/[id], not ${shown}.`, 'http.patient');
}

/** All that the caller may search, or those that are named. */
function typesOf(
  services: Services,
  call: Call,
  named: readonly string[] | undefined,
  isOfPatient: boolean,
): readonly string[] {
  const { access } = call;
  if (access === undefined) throw new Error('the feed of changes was asked for without access');
  const isPossible = (type: string): boolean =>
    endpointTypes.includes(type) && (!isOfPatient || membersOf('Patient').has(type));
  const isPermitted = (type: string): boolean => services.rules?.('s', type) !== false;
  if (named === undefined || named.length === 0) {
    const all = endpointTypes.filter(
      (type) => isPossible(type) && isPermitted(type) && !(isOfPatient && isMembershipHidden(services, call, type)),
    );
    if (all.length === 0) throw refusal(access, 's', '*', '$changes');
    return all;
  }
  for (const type of named) {
    if (!isPossible(type)) failType(type, isOfPatient);
    const missing = missingPermission(access, 's', type, '$changes');
    if (missing !== undefined) throw missing;
    if (!isPermitted(type)) throw refusal(access, 's', type, '$changes');
    if (isOfPatient && isMembershipHidden(services, call, type)) failHidden(type);
  }
  return [...new Set(named)];
}

function isMembershipHidden(services: Services, call: Call, type: string): boolean {
  return hiddenMembership('Patient', type, parseOptions(services, call)) !== undefined;
}

function failHidden(type: string): never {
  const diagnostics = `patient: an access policy of this environment hides from you by which elements a ${type} is in the compartment.`;
  fail('search-parameter-hidden', { name: 'patient' }, { diagnostics, expression: 'http.patient' });
}

function failType(type: string, isOfPatient: boolean): never {
  const shown = JSON.stringify(type.slice(0, 100));
  const why = !isResourceType(type)
    ? `${shown} is no resource type of R5`
    : isOfPatient && endpointTypes.includes(type)
      ? `${type} cannot be in the compartment of a Patient`
      : `${type} is not stored here`;
  invalid('_type', `_type is a list of resource types; ${why}.`, 'http._type');
}

/** Events have one form. */
function requirePlain({ query }: Call): void {
  for (const name of ['_summary', '_elements', '_pretty'])
    if (query[name] !== undefined)
      invalid(name, `${name} is for an answer as a Bundle; server-sent events have one form.`, `http.${name}`);
}

/** Parameters of the form, which links repeat. */
const ofForm = ['_format', '_pretty', '_summary', '_elements'];

function repeatedOf(
  { query }: Call,
  { count, types, patient, wait }: Readonly<Record<'count' | 'types' | 'patient' | 'wait', string | undefined>>,
): string {
  const own = { _type: types === '' ? undefined : types, patient, _count: count, wait };
  const form = ofForm.flatMap((name) => [query[name] ?? []].flat().map((value) => [name, value] as const));
  return [...Object.entries(own), ...form]
    .flatMap(([name, value]) => (value === undefined ? [] : `&${name}=${encodeURIComponent(value)}`))
    .join('');
}
