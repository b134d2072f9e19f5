import { ofTypes, or, type Fragment, type Sql } from '../sql/fragment.ts';

export interface FullTextAsked {
  readonly in: 'narrative' | 'sections' | 'content';
  readonly query: string;
  readonly section?: { readonly system?: string; readonly code: string };
  /** The transaction from which on resources may have no entry, in addition to the database's mark for all types; valid for one server. */
  readonly made?: { readonly since: string; readonly server: string };
}

/**
 * Full-text entries of resources are made in the background. No search waits for it: resources without an entry are read from the bodies.
 */
export interface FullText {
  /**
   * Notes that a type is searched for words: from now on its entries are made for all writes.
   * @returns the transaction from which on resources of the type may have none, and its server
   */
  wanted(type: string): Promise<{ readonly since: string; readonly server: string }>;
}

/** Whether the resource of a search row has the words. Versions without their own entry are read. */
export function hasWords(sql: Sql, row: Fragment, asked: FullTextAsked): Fragment {
  const ofRow = sql`b.rid = ${row}.rid and b.shard = ${row}.shard`;
  if (asked.in !== 'content') {
    return sql`coalesce((select ${bodyHasWords(sql, asked)} from fhir.resource b where ${ofRow}), false)`;
  }
  return sql`coalesce((
    select case when w.txid = b.txid then ${entryHasWords(sql, sql`w`, asked)} else ${bodyHasWords(sql, asked)} end
    from fhir.resource b left join fhir.text w on w.rid = b.rid and w.shard = b.shard where ${ofRow}), false)`;
}

/** Whether the content of a body `b` has the words: by its entry, unless that cannot decide, else by the text. */
function entryHasWords(sql: Sql, entry: Fragment, asked: FullTextAsked): Fragment {
  const query = queryOf(sql, asked);
  const read = sql`(${mayHaveWords(sql, asked)} and fhir.have_words_exactly(fhir.texts(b.content), ${query}))`;
  if (isOfWords(asked))
    return sql`case when ${entry}.words @@ fhir.lacks_words() then ${read} else ${entry}.words @@ ${query} end`;
  return sql`coalesce(fhir.entry_tells(${entry}.words, octet_length(b.content), ${query}), ${read})`;
}

/** Whether the question is of words alone: then there are no places to compare, and no function is called for each row. */
function isOfWords({ query }: FullTextAsked): boolean {
  return query.split(' ').every((word) => plainWord.test(word));
}

/** Letters that no configuration of PostgreSQL takes for anything else. */
const plainWord = /^[a-zа-яёўқғҳ]+$/i;

/** Whether a body `b` has the words, without reading its entry. Cheap tests come first. */
function bodyHasWords(sql: Sql, asked: FullTextAsked): Fragment {
  const query = queryOf(sql, asked);
  const may = mayHaveWords(sql, asked);
  if (asked.in === 'content') return sql`(${may} and fhir.have_words(fhir.texts(b.content), ${query}))`;
  const has =
    asked.section !== undefined
      ? inSection(sql, asked.section, query)
      : sql`fhir.have_words(${asked.in === 'narrative' ? narrative(sql) : sections(sql)}, ${query})`;
  return sql`((b.content like '%"div"%' or ${hasEscapes(sql)}) and ${may} and ${has})`;
}

/**
 * A narrative has a status, which is one of these (1..1, https://hl7.org/fhir/R5/narrative.html). So a resource with a narrative has one of
 * these words in its content.
 */
const statuses = ['generated', 'extensions', 'additional', 'empty'];

/** As a condition on a narrative in a JSON path. */
const hasStatus = statuses.map((status) => `@.status == "${status}"`).join(' || ');

/** The narrative of a body `b`, as a JSON string. */
function narrative(sql: Sql): Fragment {
  const path = `strict $.text ? (${hasStatus}).div`;
  return sql`jsonb_path_query_first(fhir.texts(b.content), ${path}::jsonpath, '{}', true)`;
}

const sectionsPath = `strict $.section.**.text ? (${hasStatus}).div`;

/**
 * The narratives of the sections, which have sections, to any depth: a list of JSON strings. Strict: a lax path returns elements of arrays twice.
 */
function sections(sql: Sql): Fragment {
  return sql`jsonb_path_query_array(fhir.texts(b.content), ${sectionsPath}::jsonpath, '{}', true)`;
}

/** Whether a section of a body `b` has the code and in its own narrative the words. */
function inSection(sql: Sql, { system, code }: NonNullable<FullTextAsked['section']>, query: Fragment): Fragment {
  const ofSystem =
    system === undefined ? sql`true` : sql`coalesce(c.coding ->> 'system', '') = ${system.replaceAll('\0', ' ')}::text`;
  return sql`exists (
    select from jsonb_path_query(fhir.texts(b.content), 'lax $.section[*]') as s (section)
    where s.section #>> '{text,status}' = any(${`{${statuses.join(',')}}`}::text[])
      and fhir.have_words(s.section #> '{text,div}', ${query}) and exists (
      select from jsonb_path_query(s.section, 'lax $.code.coding[*]') as c (coding)
      where c.coding ->> 'code' = ${code.replaceAll('\0', ' ')}::text and ${ofSystem}))`;
}

/** Entries that may have the words: of the current version or an older one; entries do not separate narratives from other texts. */
export function entriesWithWords(sql: Sql, asked: FullTextAsked): Fragment {
  const query = sql`websearch_to_tsquery('simple', ${textOf(asked)}::text)`;
  const also = asked.in === 'content' ? sql`` : sql`, ${statuses.join(' | ')}::tsquery`;
  return sql`c.words @@ (select fhir.may_answer(${query}${also}))`;
}

/** Whether an entry `c` is of the current version of a resource of the types, whose content has the words where that is requested. */
export function isCurrent(sql: Sql, types: readonly number[], asked: FullTextAsked): Fragment {
  const isOne = sql`b.txid = c.txid and ${ofTypes(sql, sql`b.ty`, types)}`;
  const ofRow = sql`b.rid = c.rid and b.shard = c.shard`;
  if (asked.in !== 'content') return sql`coalesce((select ${isOne} from fhir.resource b where ${ofRow}), false)`;
  return sql`coalesce((select ${isOne} and ${entryHasWords(sql, sql`w`, asked)}
    from fhir.resource b join fhir.text w on w.rid = b.rid and w.shard = b.shard where ${ofRow}), false)`;
}

/** The same for an entry `c` whose words are at hand. */
export function isCurrentHere(sql: Sql, types: readonly number[], asked: FullTextAsked): Fragment {
  if (asked.in !== 'content') return isCurrent(sql, types, asked);
  return sql`coalesce((select b.txid = c.txid and ${ofTypes(sql, sql`b.ty`, types)} and ${entryHasWords(sql, sql`c`, asked)}
    from fhir.resource b where b.rid = c.rid and b.shard = c.shard), false)`;
}

/** Resources `b` that have changed since the words were last brought up to date, have no entry by now, and have the words. */
export function withoutEntry(sql: Sql, types: readonly number[], asked: FullTextAsked): Fragment {
  // One expression, for the planner would read the body first.
  const { since: txid, server } = asked.made ?? { since: '0', server: '' };
  const made = sql`case when fhir.server_name() = ${server}::text then ${txid}::xid8 else '0'::xid8 end`;
  const since = sql`(select greatest(s.txid, ${made}) from fhir.text_state s)`;
  return sql`${ofTypes(sql, sql`b.ty`, types)} and b.txid >= ${since} and case
    when b.deleted or (select w.txid = b.txid from fhir.text w where w.rid = b.rid and w.shard = b.shard) then false
    else ${bodyHasWords(sql, asked)} end`;
}

/**
 * Whether it is worth to look for the words in a body `b`: it takes a tenth of the time of finding all its words. A letter may be
 * written as an escape (`\u0041`).
 */
function mayHaveWords(sql: Sql, { query }: FullTextAsked): Fragment {
  const word = neededWord(query)?.toLowerCase();
  if (word === undefined) return sql`true`;
  const pattern = `%${word}%`;
  if (!/^[a-z]+$/.test(word)) return sql`(b.content ilike ${pattern}::text or ${hasEscapes(sql)})`;
  // Letters of ASCII are compared one by one; any others take a copy of the body in lower case, which is twice the time.
  const others = likeAscii.filter(({ letter }) => word.includes(letter));
  return sql`(b.content collate "C" ilike ${pattern}::text or ${hasEscapes(sql)} or ${or(
    sql,
    others.map(({ written }) => sql`b.content like ${`%${written}%`}::text`),
  )})`;
}

/** In half of the time that `position` takes for two characters. */
function hasEscapes(sql: Sql): Fragment {
  return sql`b.content like ${String.raw`%\\u%`}::text`;
}

/** Letters outside ASCII whose lower case is an ASCII letter: İ, and the sign of the kelvin. */
const likeAscii = [
  { written: '\u0130', letter: 'i' },
  { written: '\u212a', letter: 'k' },
];

/**
 * The longest word without which nothing can match, of letters that every configuration of PostgreSQL keeps as they are. With `or` there
 * may be none; words after a hyphen are excluded ones.
 */
function neededWord(query: string): string | undefined {
  if (/(?:^|[\s"])or(?:[\s"]|$)/i.test(query) || query.includes('-"')) return undefined;
  const words = query.split(/[\s"]+/).filter((word) => plainWord.test(word));
  return words.toSorted((a, b) => b.length - a.length)[0];
}

/** How well a resource `r` has the words. */
export function rankOfWords(sql: Sql, asked: FullTextAsked): Fragment {
  return sql`ts_rank(fhir.entry(r.content), ${queryOf(sql, asked)})`;
}

/** The language of the question: words, "phrases", or, -not. It has no wrong sentences. Read once in a statement. */
function queryOf(sql: Sql, asked: FullTextAsked): Fragment {
  return sql`(select websearch_to_tsquery('simple', ${textOf(asked)}::text))`;
}

function textOf({ query }: FullTextAsked): string {
  return query.replaceAll('\0', ' ');
}
