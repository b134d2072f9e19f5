/**
 * The resources of patients for whom a person cares, as a condition that the store puts into its statements. They apply to persons bound by
 * a role in the access policies. docs/decisions/0048-care.md
 */
import { isMembership, linkKinds, windowsOf, type CareWindow } from '@dhp/care';
import { careHash } from '@dhp/search-index/care';
import type { Cared, Condition } from '@dhp/search-index';
import type { Access } from '../contract/access.ts';
import type { CareInForce } from '../contract/known-policies.ts';
import type { Rules } from '../contract/rules.ts';
import { patientAccess } from './patient-access.ts';
import type { RuleServices } from './read-rules.ts';

/**
 * Resources in the compartment of a patient are bound, and documents by their subject. Of a Binary the resource that it names decides. Where care
 * is not in force, and for callers whom it does not bind, everything is left.
 */
export function careRules({ policies }: Pick<RuleServices, 'policies'>, access: Access): Rules {
  let latest: { readonly of: CareInForce; readonly rules: Map<string, Condition> } | undefined;
  return (_permission, type) => {
    const of = policies.current()?.care;
    if (of === undefined || of.except.has(type) || !isBound(access, of)) return true;
    const kind = kindOf(type);
    if (kind === undefined) return true;
    if (latest?.of !== of) latest = { of, rules: new Map() };
    let rule = latest.rules.get(kind);
    if (rule === undefined) latest.rules.set(kind, (rule = ruleOf(kind, access, of)));
    return rule;
  };
}

/**
 * Whether one of the caller's roles is bound by care. A client acting by itself has no roles, and a patient or relative is limited to the
 * rights of patients.
 */
export function isBound({ person, positions }: Access, { roles }: Pick<CareInForce, 'roles'>): boolean {
  if (person !== undefined && /^(Patient|RelatedPerson)\//.test(person)) return false;
  return positions.some(({ role }) => role !== undefined && roles.has(role));
}

type Kind = 'Binary' | Cared['of'];

function kindOf(type: string): Kind | undefined {
  if (type === 'Binary') return type;
  if (type === 'Bundle') return 'first-resource';
  if (type === 'Patient') return 'own';
  return patientAccess.has(type) ? 'record' : undefined;
}

function ruleOf(kind: Kind, access: Access, { windows, isOverridden }: CareInForce): Condition {
  if (kind === 'Binary') return { op: 'all', of: [] }; // each is asked about
  const { person, positions, subject, emergency } = access;
  const actors = [...(person === undefined ? [] : [person]), ...positions.map(({ organization }) => organization)];
  return {
    ...{ op: 'cared', of: kind, windows },
    opened: emergency === undefined || !isOverridden ? [] : [careHash.reference(`Patient/${emergency.patient}`)],
    callers: [...new Set(actors)].map(careHash.reference),
    subject: careHash.subject(subject),
  };
}

/** The windows of a policy in days by the number of the kind of a link; a kind of which it says nothing is as usual. A membership has none. */
export function windowsInForce(given: Parameters<typeof windowsOf>[0]): Cared['windows'] {
  const windows = windowsOf(given);
  const of = linkKinds.map((kind): CareWindow => (isMembership(kind) ? none : windows[kind]));
  return {
    before: of.map(({ before }) => before),
    after: of.map(({ after }) => after),
    open: of.map(({ open = -1 }) => open),
  };
}

const none: CareWindow = { before: 0, after: 0 };
