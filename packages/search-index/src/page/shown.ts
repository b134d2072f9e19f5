import type { JsonResource } from '@dhp/fhir-search';
import { containedKey } from '../keys/contained-keys.ts';
import { containedIn } from '../indexing/contained.ts';
import type { FoundVersion } from './found-version.ts';
import { testsOf, type Branch } from './branches.ts';
import { or, type Fragment, type Sql } from '../sql/fragment.ts';
import { heldKeys, type Held } from './held-rows.ts';
import type { PageRow } from './page.ts';

/** A match: a resource, or one that it contains, by its place in `contained`. */
export type Shown = FoundVersion & { readonly contained?: number };

const itself = 'itself';

/** Returns the marks of a row: which of its contained resources match, and whether the row itself does. */
export function marksOf(sql: Sql, row: Fragment, stored: readonly Branch[], held: readonly Held[]): Fragment {
  const matches = testsOf(sql, stored, row);
  return sql`concat_ws(',', case when ${or(sql, matches)} then ${itself}::text end, ${heldKeys(sql, row, held)})`;
}

/** The matches of a row by its marks, those it contains in their order. */
export function shownOf({ version, marks }: PageRow): Shown[] {
  if (marks === undefined) return [version];
  const told = new Set(marks.split(','));
  const resource = JSON.parse(version.content.toString()) as JsonResource;
  const inside = containedIn(resource).flatMap((contained, n): Shown[] =>
    contained !== undefined && told.has(String(containedKey(version.type, contained)))
      ? [{ ...version, contained: n }]
      : [],
  );
  return told.has(itself) ? [version, ...inside] : inside;
}
