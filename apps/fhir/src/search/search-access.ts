/** What of each type the bearer of a token may find, as conditions that the store puts into its statements. */
import { isId } from '@dhp/fhir-model';
import { conditionOf, hash64, referenceText, SearchFault, type Condition, type ParseOptions } from '@dhp/fhir-search';
import { permits, type ResourceScope } from '@dhp/smart-scopes';
import type { Access, Permission } from '../http/access.ts';
import type { Access as StoreAccess } from '@dhp/fhir-store';

/**
 * True for all resources of a type, false for none. A scope permits `s` on a type; a `patient/` scope what is in the
 * compartment of the patient of the token; a scope with a query what meets it; several scopes what any of them permits. The
 * same holds for what a search includes, and inside chains and `_has`: to what it does not permit, nothing leads.
 */
export function searchAccess(access: Access, options: ParseOptions): StoreAccess {
  const known = new Map<string, Condition | boolean>();
  return (type) => {
    let permitted = known.get(type);
    if (permitted === undefined) known.set(type, (permitted = permittedOf(access, 's', type, options)));
    return permitted;
  };
}

/** What of a type the access permits to be done that with: all, nothing, or what meets a condition. */
export function permittedOf(
  access: Access,
  permission: Permission,
  type: string,
  options: ParseOptions,
): Condition | boolean {
  if (permits(access.scopes, permission, type)) return true;
  const any = access.narrowed
    .filter((scope) => permits([scope], permission, type))
    .flatMap((scope) => conditionOfScope(scope, type, access.patient, options) ?? []);
  return any.length === 0 ? false : { op: 'any', of: any };
}

/** Undefined for a scope that cannot be understood for the type: it grants nothing of it. */
function conditionOfScope(
  { context, query }: ResourceScope,
  type: string,
  patient: string | undefined,
  options: ParseOptions,
): Condition | undefined {
  const all: Condition[] = [];
  if (context === 'patient') {
    if (patient === undefined || !isId(patient)) return undefined;
    all.push({ op: 'patient', any: [hash64(referenceText('Patient', patient))] });
  }
  if (query !== undefined) {
    try {
      all.push(conditionOf(type, [...new URLSearchParams(query)], { ...options, lenient: false }));
    } catch (error) {
      if (error instanceof SearchFault) return undefined;
      throw error;
    }
  }
  return { op: 'all', of: all };
}
