/** Finds the matches of criteria. https://hl7.org/fhir/R5/http.html#conditional */
import { failure, type Failure } from '../http/errors.ts';
import type { Services } from '../contract/interaction.ts';
import { fromStore } from '../http/store-failure.ts';
import type { Criteria } from './criteria.ts';

/** A current resource that meets criteria. */
export interface Match {
  readonly id: string;
  readonly versionId: number;
}

/** As many as are named when there are too many. */
const shown = 10;

/** This many matches are requested, where it is only to be known whether there is one. */
export const enough = shown + 1;

/** The matches, of all that is committed; at most `limit`. */
export function matchesOf(
  { store }: Services,
  { type, condition, follows, budget, isOrderHidden }: Criteria,
  limit = enough,
): Promise<Match[]> {
  const find = (): Promise<Match[]> => store.find(type, condition, limit, undefined, follows, budget);
  const inOrder = (found: Match[]): Match[] =>
    isOrderHidden === true ? found.toSorted((a, b) => (a.id < b.id ? -1 : 1)) : found;
  return fromStore(() => find().then(inOrder), { path: `/${type}`, interaction: 'find' });
}

/** The one match, undefined without any. Fails with `multiple-matches`, naming them. */
export function atMostOne(criteria: Criteria, matches: readonly Match[]): Match | undefined {
  if (matches.length <= 1) return matches[0];
  throw multipleMatches(
    criteria,
    matches.map(({ id }) => id),
  );
}

/** Names the resources that match. */
export function multipleMatches({ type, text, isOrderHidden }: Criteria, ids: readonly string[]): Failure {
  // Their order would tell of it, and where there are many, which of them come first.
  if (isOrderHidden === true)
    return failure('multiple-matches', { type }, { diagnostics: `${text.slice(0, 500)} matches several.` });
  const named = ids.slice(0, shown).map((id) => `${type}/${id}`);
  const more = ids.length > shown ? ' and more' : '';
  const diagnostics = `${text.slice(0, 500)} matches ${named.join(', ')}${more}.`;
  return failure('multiple-matches', { type }, { diagnostics });
}
