/** Whether a resource is one that a `patient/` scope may write, by the table in `patient-access.ts`. */
import { isDeepStrictEqual } from 'node:util';
import { isId, isResourceType } from '@dhp/fhir-model';
import { patientCompartmentPaths } from '@dhp/fhir-model/compartment';
import type { JsonResource } from '@dhp/fhir-search';
import {
  keptElementsOfPatient,
  notWrittenByPatients,
  patientAccess,
  subjectsOutsideCompartment,
} from './patient-access.ts';

type Json = Readonly<Record<string, unknown>>;

/** The target of a Reference: a Patient of this server, a resource of another type, nobody (a display alone), or unknown. */
type Named = { readonly kind: 'patient'; readonly id: string } | { readonly kind: 'other' | 'nobody' | 'unknown' };

/**
 * Returns the reason why the patient may not write this resource; undefined if it may. At least one place of the role `owner` must name the
 * patient, and no place of the compartment, also in contained resources, may name another patient or an unknown one: by an identifier, a
 * URL of another server, or a contained Patient. The patient may write no Patient but the own one.
 */
export function problemOfPatientWrite(
  resource: JsonResource,
  id: string,
  { patient, ownBases }: { patient: string; ownBases: readonly string[] },
): string | undefined {
  const { resourceType: type } = resource;
  const contained = listOf(resource['contained']);
  if (type === 'Patient') {
    if (id !== patient) return `Patient/${id} is not the patient of the token`;
    const found = contained.flatMap((each, n) => referencesOf(each, `${type}.contained[${n}]`));
    return problemOfPlaces(found, contained, patient, ownBases);
  }
  const refused = notWrittenByPatients.get(type);
  if (refused !== undefined) return `a patient writes no ${type}: ${refused}`;
  const places = patientAccess.get(type);
  if (places === undefined) return undefined; // The rule of the type decides: such a resource is in no compartment.
  const own = referencesOf(resource, type);
  const found = [...own, ...contained.flatMap((each, n) => referencesOf(each, `${type}.contained[${n}]`))];
  const problem = problemOfPlaces(found, contained, patient, ownBases);
  if (problem !== undefined) return problem;
  const isOwned = own.some(
    ({ param, reference }) =>
      places.get(param) === 'owner' && whomOf(reference, contained, ownBases).kind === 'patient',
  );
  return isOwned ? undefined : `${ownerPaths(type).join(' or ')} must be a reference to Patient/${patient}`;
}

function problemOfPlaces(
  found: readonly Found[],
  contained: readonly Json[],
  patient: string,
  ownBases: readonly string[],
): string | undefined {
  for (const { path, reference } of found) {
    const problem = problemOfReference(whomOf(reference, contained, ownBases), reference, patient);
    if (problem !== undefined) return `${path} ${problem}`;
  }
  return undefined;
}

/** Returns the reason why this change of the own Patient is not permitted: an element that has to stay is changed. */
export function problemOfPatientChange(before: Json, after: Json, elements: readonly string[]): string | undefined {
  const changed = elements.find((element) =>
    [element, `_${element}`].some((name) => !isDeepStrictEqual(before[name], after[name])),
  );
  return changed === undefined
    ? undefined
    : `Patient.${changed} is not changed by a patient: ${keptElementsOfPatient.get(changed)!}`;
}

/** Paths at which the reference to the patient must stand. */
export function ownerPaths(type: string): string[] {
  const places = patientAccess.get(type);
  return patientCompartmentPaths(type)
    .filter(({ param }) => places?.get(param) === 'owner')
    .map(({ path }) => `${type}.${path.join('.')}`);
}

function problemOfReference(named: Named, reference: Json, patient: string): string | undefined {
  if (named.kind === 'unknown')
    return 'does not say that it is no other patient: send a reference Type/id of this server';
  if (named.kind !== 'patient') return undefined;
  if (named.id !== patient) return `names Patient/${named.id}`;
  return reference['identifier'] === undefined ? undefined : 'has an identifier beside the reference to the patient';
}

interface Found {
  /** The compartment parameter. */
  readonly param: string;
  readonly path: string;
  readonly reference: Json;
}

function referencesOf(resource: Json, at: string): Found[] {
  const { resourceType: type } = resource;
  if (typeof type !== 'string') return [];
  const found: Found[] = [];
  for (const { param, path } of [...patientCompartmentPaths(type), ...(subjectsOutsideCompartment.get(type) ?? [])]) {
    collect(resource, path, at, (reference, place) => {
      found.push({ param, path: place, reference });
    });
  }
  return found;
}

/** Follows the members of `path`, through lists, and hands over the references at the end with their places. */
function collect(
  value: unknown,
  path: readonly string[],
  at: string,
  found: (reference: Json, at: string) => void,
): void {
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    for (const [n, item] of value.entries()) collect(item, path, `${at}[${n}]`, found);
    return;
  }
  const [member, ...rest] = path;
  if (member === undefined) found(value as Json, at);
  else collect((value as Json)[member], rest, `${at}.${member}`, found);
}

function whomOf(reference: Json, contained: readonly Json[], ownBases: readonly string[]): Named {
  const { reference: given, identifier, type } = reference;
  const stated = typeof type === 'string' ? type.slice(type.lastIndexOf('/') + 1) : undefined;
  if (given === undefined) {
    if (identifier === undefined) return { kind: stated === 'Patient' ? 'unknown' : 'nobody' };
    return isOther(stated);
  }
  if (typeof given !== 'string') return { kind: 'unknown' };
  if (given === '#') return { kind: 'other' };
  if (given.startsWith('#')) {
    const same = contained.filter((each) => each['id'] === given.slice(1));
    return same.length === 1 ? isOther(same[0]!['resourceType']) : { kind: 'unknown' };
  }
  const base = ownBases.find((one) => given.startsWith(`${one}/`));
  const [, target, id] =
    /^([A-Z][A-Za-z]*)\/([^/]+)(?:\/_history\/[^/]+)?$/.exec(
      base === undefined ? given : given.slice(base.length + 1),
    ) ?? [];
  if (target === 'Patient') return id !== undefined && isId(id) ? { kind: 'patient', id } : { kind: 'unknown' };
  if (target !== undefined) return isOther(target);
  const [, elsewhere] = /^https?:.*\/([A-Z][A-Za-z]*)\/[^/]+(?:\/_history\/[^/]+)?$/.exec(given) ?? [];
  return isOther(elsewhere);
}

/** Classifies a reference by its named type: a type other than Patient, or unknown. */
function isOther(type: unknown): Named {
  const isKnown = typeof type === 'string' && type !== 'Patient' && isResourceType(type);
  return { kind: isKnown ? 'other' : 'unknown' };
}

function listOf(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.filter((each): each is Json => typeof each === 'object' && each !== null) : [];
}
