/** Types and compartment of a search. */
import { type GivenParameter, type ParseOptions, SearchFault } from '@dhp/fhir-search';
import { understandSearch, type UnderstoodSearch } from '@dhp/search-index';
import { refusal, requireSearch } from '../http/access.ts';
import type { Access } from '../contract/access.ts';
import { fail } from '../http/errors.ts';
import type { ReadPermission } from '@dhp/fhir-store';
import { searchFailure } from '../http/search-problems.ts';
import { hiddenMembership, inCompartment, type Within } from './within-compartment.ts';

export interface SearchScope {
  /** The address below the base URL: `/Observation`, '' for the base itself. */
  readonly path: string;
  /** The name of the interaction, for failures. */
  readonly interaction: string;
  /** One type, or all from which `_type` chooses. */
  readonly of: string | readonly string[];
  readonly within?: Within;
}

/**
 * The search that the parameters request: of the type, of the types that `_type` names, or of all that the caller may search. Fails with
 * all errors of the parameters, and with `scope-insufficient` for a named type that the caller may not search.
 */
export function understand(
  { of, within, interaction }: SearchScope,
  parameters: readonly GivenParameter[],
  { access, permitted, options }: { access: Access; permitted: ReadPermission; options: ParseOptions },
): UnderstoodSearch {
  const isNamed = parameters.some(([name, value]) => name === '_type' && value !== '');
  try {
    // Of all types those that the caller can be told of.
    const isTold = (type: string): boolean =>
      permitted(type) !== false &&
      (within === undefined || hiddenMembership(within.compartment, type, options) === undefined);
    const types = typeof of === 'string' || isNamed ? of : of.filter(isTold);
    const parsed = understandSearch(typeof types === 'string' ? { type: types } : { types }, parameters, options);
    const { branches } = parsed.query;
    for (const { type } of branches) requirePermitted(type, interaction, access, permitted);
    if (within === undefined) return parsed;
    const inside = branches.map(({ type, where }) => ({
      type,
      where: { op: 'all' as const, of: [inCompartment(within, type, options), where] },
    }));
    return { ...parsed, query: { ...parsed.query, branches: inside } };
  } catch (error) {
    throw error instanceof SearchFault ? searchFailure(error) : error;
  }
}

/** A scope may name the type and still grant nothing of it, if its query cannot be understood. */
function requirePermitted(type: string, interaction: string, access: Access, permitted: ReadPermission): void {
  requireSearch(access, type, interaction);
  if (permitted(type) === false) throw refusal(access, 's', type, interaction);
}

/** `_explain` is for operators of the server: it shows how data is stored. */
export function requireExplain({ mayExplain }: Access): void {
  if (mayExplain) return;
  const scope = 'dhp.explain';
  const diagnostics = `_explain needs the scope ${scope}.`;
  fail('scope-insufficient', { scope }, { diagnostics, scope, expression: 'http._explain' });
}
