import type { TextMatch } from '../condition/condition.ts';
import { longTextKey } from '../keys/text-for-index.ts';
import type { Fragment, Sql } from '../sql/fragment.ts';

/** The keys under which a matching text may be: parts and ends of long texts have separate keys. */
export function keysOfText(key: bigint, { match }: Pick<TextAsked, 'match'>): readonly bigint[] {
  return match === 'contains' || match === 'ends' ? [key, longTextKey(key)] : [key];
}

export interface TextAsked {
  readonly match: TextMatch;
  readonly text: string;
}

/** Whether a text matches. Texts are compared by their bytes, which in UTF-8 is the order of code points. */
export function matches(sql: Sql, value: Fragment, { match, text }: TextAsked): Fragment {
  switch (match) {
    case 'starts':
      return sql`starts_with(${value}, ${text}::text)`;
    case 'contains':
      return sql`position(${text}::text in ${value}) > 0`;
    case 'ends':
      return sql`right(${value}, char_length(${text}::text)) = ${text}::text`;
    case 'equals':
    case 'gt':
    case 'ge':
    case 'lt':
    case 'le':
      return sql`${value} collate "C" ${comparison(sql, match)} ${text}::text collate "C"`;
  }
}

/** The same for a text in memory. */
export function textMatches(value: string, { match, text }: TextAsked): boolean {
  switch (match) {
    case 'starts':
      return value.startsWith(text);
    case 'contains':
      return value.includes(text);
    case 'ends':
      return value.endsWith(text);
    case 'equals':
      return value === text;
    case 'gt':
      return byBytes(value, text) > 0;
    case 'ge':
      return byBytes(value, text) >= 0;
    case 'lt':
      return byBytes(value, text) < 0;
    case 'le':
      return byBytes(value, text) <= 0;
  }
}

function byBytes(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other));
}

function comparison(sql: Sql, match: 'equals' | 'gt' | 'ge' | 'lt' | 'le'): Fragment {
  return { equals: sql`=`, gt: sql`>`, ge: sql`>=`, lt: sql`<`, le: sql`<=` }[match];
}

/** The range of an ordered index that contains exactly the matches; undefined if matches are not adjacent. */
export function rangeOf(sql: Sql, column: Fragment, { match, text }: TextAsked): Fragment | undefined {
  switch (match) {
    case 'starts':
      return sql`${column} >= ${text}::text and ${column} < ${endOfPrefix(text)}::text`;
    case 'contains':
    case 'ends':
      return undefined;
    case 'equals':
    case 'gt':
    case 'ge':
    case 'lt':
    case 'le':
      return sql`${column} ${comparison(sql, match)} ${text}::text`;
  }
}

/**
 * A pattern for `like` that the trigram index can serve, and that fits every match or a text of which the match is a part: it needs three
 * letters or digits in a row. Undefined for texts with fewer, and for other kinds of match.
 */
export function trigramPattern({ match, text }: TextAsked): string | undefined {
  if ((match !== 'contains' && match !== 'ends') || !/[\p{L}\p{N}]{3}/u.test(text)) return undefined;
  const literal = text.replaceAll(/[\\%_]/g, '\\$&');
  return `%${literal}%`;
}

/** The least text above all texts with this beginning, except those that continue with the very last character. */
function endOfPrefix(text: string): string {
  return `${text}\u{10ffff}`;
}
