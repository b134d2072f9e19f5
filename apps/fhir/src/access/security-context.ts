/**
 * `Binary.securityContext` (https://hl7.org/fhir/R5/binary.html#security): a Binary is as open as the resource that it names. A scope on
 * Binary does not suffice then, and it does not matter that a Binary is in no compartment: a caller who may not read the named resource may
 * not read, change or delete the Binary.
 */
import { isId } from '@dhp/fhir-model';
import type { JsonResource } from '@dhp/fhir-search';
import type { Condition } from '@dhp/search-index';
import { referenceText } from '@dhp/search-index/keys';

/** Security context of a resource, which decides about access beside its content. */
export type SecurityContext =
  | { readonly kind: 'none' }
  /** A context on another server, or not a reference: no rule can be applied to it. */
  | { readonly kind: 'unknown' }
  /** `name` is `Type/id` of a resource of this server. */
  | { readonly kind: 'named'; readonly type: string; readonly id: string; readonly name: string };

export function securityContextOf(resource: JsonResource, ownBases: readonly string[]): SecurityContext {
  const { resourceType, securityContext: given } = resource;
  if (resourceType !== 'Binary' || given === undefined || given === null) return { kind: 'none' };
  const { reference } = given as { reference?: unknown };
  if (typeof reference !== 'string') return { kind: 'unknown' };
  const base = ownBases.find((one) => reference.startsWith(`${one}/`));
  const local = base === undefined ? reference : reference.slice(base.length + 1);
  const [type = '', id = '', history, version, ...rest] = local.split('/');
  const isVersioned = history === '_history' && version !== undefined && rest.length === 0;
  const isName = /^[A-Z][A-Za-z]*$/.test(type) && type !== 'Binary' && isId(id);
  if (!isName || (history !== undefined && !isVersioned)) return { kind: 'unknown' };
  return { kind: 'named', type, id, name: referenceText(type, id) };
}

/** A rule for Binaries with a securityContext: the named resource decides whose record it is. */
export function withoutPatient(rule: Condition): Condition {
  if (rule.op === 'patient' || rule.op === 'consented' || rule.op === 'cared') return { op: 'all', of: [] };
  if (rule.op === 'not') return { op: 'not', of: withoutPatient(rule.of) };
  return rule.op === 'all' || rule.op === 'any' ? { op: rule.op, of: rule.of.map(withoutPatient) } : rule;
}
