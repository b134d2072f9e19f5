/** Rules of a token by type and permission, as conditions that the store puts into its statements. */
import { isId } from '@dhp/fhir-model';
import { type ParseOptions, SearchFault } from '@dhp/fhir-search';
import { type Condition, conditionOf } from '@dhp/search-index';
import { ofPatients } from '@dhp/search-index/keys';
import { permits, type ResourceScope } from '@dhp/smart-scopes';
import type { Permission } from '../contract/permission.ts';
import type { Rule, Rules } from '../contract/rules.ts';
import type { Access } from '../contract/access.ts';
import { readPairs } from '../http/query.ts';
import { sentence } from '../http/search-problems.ts';

/**
 * A scope permits the interactions of its letters on a type; a `patient/` scope, on resources in the compartment of the token's patient; a
 * scope with a query, on resources that meet it; several scopes permit the union. Everything else is denied. Each rule is made once.
 */
export function rulesOf(access: Access, options: ParseOptions): Rules {
  const known = new Map<string, Rule>();
  return (permission, type) => {
    const key = permission + type;
    let rule = known.get(key);
    if (rule === undefined) known.set(key, (rule = ruleOf(access, permission, type, options)));
    return rule;
  };
}

function ruleOf(access: Access, permission: Permission, type: string, options: ParseOptions): Rule {
  const isWhole = permits(access.scopes, permission, type);
  // Without the same permission on all types, the permission on each Binary is decided by its context (`security-context.ts`).
  const isAskedAbout = type === 'Binary' && !permits(access.scopes, permission, '*');
  if (isWhole && !isAskedAbout) return true;
  const any = access.narrowed
    .filter((scope) => permits([scope], permission, type))
    .flatMap((scope) => conditionOfScope(scope, type, access, options) ?? []);
  if (isWhole) any.push({ op: 'all', of: [] });
  return any.length === 0 ? false : { op: 'any', of: any };
}

/** Condition of the resources of a type that a patient may read: those in the compartment by a place that gives a right to it. */
function recordOf(type: string, patient: string): Condition {
  // Without a right by a place, only the own id and `Patient.link` lead a Patient into a compartment.
  if (type === 'Patient') return { op: 'id', any: [patient] };
  return ofPatients([patient]);
}

/** Undefined for a scope that cannot be understood for the type: it grants nothing of it. */
function conditionOfScope(
  scope: ResourceScope,
  type: string,
  { patient, reasons }: Access,
  options: ParseOptions,
): Condition | undefined {
  const { context, query } = scope;
  const all: Condition[] = [];
  if (context === 'patient') {
    if (patient === undefined || !isId(patient)) return undefined;
    all.push(recordOf(type, patient));
  }
  if (query !== undefined) {
    try {
      all.push(conditionOf(type, readPairs(query, 'a scope'), { ...options, lenient: false }));
    } catch (error) {
      if (!(error instanceof SearchFault)) throw error;
      reasons.set(scope, error.problems.map(sentence).join(' '));
      return undefined;
    }
    reasons.delete(scope);
  }
  return { op: 'all', of: all };
}
