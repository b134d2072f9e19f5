/** Parameters of `$everything`, and the search that finds its resources. */
import { isResourceType, resourceTypes } from '@dhp/fhir-model';
import type { ParseOptions } from '@dhp/fhir-search';
import { mainDateParameter } from '@dhp/fhir-search/parameters';
import { dateBounds } from '@dhp/fhir-search/values';
import type { Condition, SearchQuery } from '@dhp/search-index';
import { isPresent } from '@dhp/search-index/keys';
import type { ReadPermission } from '@dhp/fhir-store';
import { lineTypes } from '../http/accept.ts';
import { membersOf } from '../search/compartments.ts';
import type { Parameter } from '../search/parameters.ts';
import { hiddenMembership, inCompartment, inCompartmentOfPatients } from '../search/within-compartment.ts';
import { periodOf } from '../interactions/history-period.ts';
import { invalid } from './input.ts';
import type { Input } from './operation.ts';

export interface Everything {
  /** ms since 1970: care that goes on at or after `start`, and begins before `end`. */
  readonly start: number | undefined;
  readonly end: number | undefined;
  readonly since: number | undefined;
  /** Undefined: of all types. */
  readonly types: ReadonlySet<string> | undefined;
  /** Undefined: all of it. */
  readonly count: number | undefined;
  /** Whether a parameter asks for NDJSON; undefined if none does. */
  readonly asLines: true | undefined;
  /** As they were given, for links. */
  readonly parameters: readonly Parameter[];
}

/** Fails with `parameter-invalid`, naming the parameter. */
export function readEverything(input: Input, type: string, timeZone: string): Everything {
  const given = (name: string): string | undefined => input.get(name)?.[0] as string | undefined;
  const date = (name: string): ReturnType<typeof dateBounds> => {
    const text = given(name);
    const bounds = text !== undefined && /^\d{4}(-\d\d(-\d\d)?)?$/.test(text) ? dateBounds(text, timeZone) : undefined;
    if (text !== undefined && bounds === undefined)
      invalid(name, `${name} is a date such as 2026-11-25, not ${shown(text)}.`);
    return bounds;
  };
  const since = given('_since');
  const period = since === undefined ? undefined : periodOf(since, timeZone);
  if (since !== undefined && period === undefined) {
    invalid('_since', `_since is an instant such as 2026-11-25T09:30:00+05:00, not ${shown(since)}.`);
  }
  return {
    start: date('start')?.low,
    end: date('end')?.high,
    since: period?.start.getTime(),
    types: typesIn(input, type),
    count: countIn(given('_count')),
    asLines: linesIn(given('_outputFormat')),
    parameters: [...input].flatMap(([name, values]) => values.map((value) => [name, String(value)] as const)),
  };
}

function typesIn(input: Input, type: string): ReadonlySet<string> | undefined {
  const names = (input.get('_type') ?? []).flatMap((list) => String(list).split(',')).map((name) => name.trim());
  const unknown = names.find((name) => !isResourceType(name));
  if (unknown !== undefined)
    invalid('_type', `${shown(unknown)} is no resource type, so it is not in ${type}/$everything.`);
  return names.length === 0 ? undefined : new Set(names);
}

function linesIn(text: string | undefined): true | undefined {
  if (text === undefined || lineTypes.some((type) => type === text)) return text === undefined ? undefined : true;
  return invalid('_outputFormat', `_outputFormat is ${lineTypes.join(', ')}, not ${shown(text)}.`);
}

function countIn(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^[1-9]\d{0,8}$/.test(text)) invalid('_count', `_count is a whole number of 1 or more, not ${shown(text)}.`);
  return Number(text);
}

function shown(text: string): string {
  return JSON.stringify(text.slice(0, 100));
}

/** Focus of the operation: an encounter, or patients. */
export type About = { readonly encounter: string } | { readonly patients: readonly string[] };

/** One branch for each type of the compartment that is requested and permitted, and all that the matches refer to. */
export function everythingQuery(
  about: About,
  { start, end, since, types }: Everything,
  { permitted, options }: { permitted: ReadPermission; options: ParseOptions },
): SearchQuery {
  const compartment = 'encounter' in about ? 'Encounter' : 'Patient';
  const isWithin = (member: string): Condition =>
    'encounter' in about
      ? inCompartment({ compartment, id: about.encounter }, member, options)
      : inCompartmentOfPatients(about.patients, member, options);
  const members = [...membersOf(compartment).keys()];
  const branches = members
    .filter((member) => types?.has(member) !== false && permitted(member) !== false)
    .filter((member) => hiddenMembership(compartment, member, options) === undefined)
    .map((member) => {
      const of: Condition[] = [isWithin(member)];
      if (since !== undefined) of.push({ op: 'last-updated', interval: { low: { ge: since } } });
      if (start !== undefined || end !== undefined) of.push(...caredFor(member, { start, end }, options));
      return { type: member, where: { op: 'all' as const, of } };
    });
  const { own } = options;
  const all = { direction: 'include' as const, iterate: false, source: '*', parameter: '*' };
  const asked = branches.map(({ type }) => type);
  return {
    branches,
    sort: own?.hidden?.hidesOrder(asked) === true ? [{ by: { kind: 'last-updated' }, descending: true }] : [],
    includes: [{ ...all, ...own?.hidden?.except(resourceTypes) }],
  };
}

/** Condition on the date of care of a type: it overlaps the period, or is absent, also where the caller does not see it. */
function caredFor(type: string, { start, end }: Pick<Everything, 'start' | 'end'>, { own }: ParseOptions): Condition[] {
  const parameter = mainDateParameter(type);
  if (parameter === undefined || own?.hidden?.hidesOrder([type]) === true) return [];
  const interval = {
    ...(end === undefined ? {} : { low: { lt: end } }),
    ...(start === undefined ? {} : { high: { gt: start } }),
  };
  return [
    {
      op: 'any',
      of: [
        { op: 'date', key: 'main', interval },
        { op: 'not', of: isPresent(type, parameter) },
      ],
    },
  ];
}
