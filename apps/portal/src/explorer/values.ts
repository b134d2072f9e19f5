/** Codes as values of search parameters that are being typed: those of the value set to which the parameter's element is bound. */
import type { Declared, Suggestion } from './completion.ts';
import { jsonAt, keptAnswers, listOf, membersOf, textOf } from './kept.ts';

/** Milliseconds that an expansion may take: a person is waiting for it. */
const timeout = 3_000;
/** Codes of an expansion that are requested. */
const count = 100;
/** Cached expansions. */
const most = 300;
/** Most suggestions at once. */
const mostShown = 20;
/** Typed letters after which a value set that is too large is expanded with a filter. */
const fewest = 2;

/** A value that is being typed. */
export interface TypedValue {
  readonly type: string;
  readonly parameter: string;
  /** The whole path before it. */
  readonly begin: string;
  readonly typed: string;
}

/** @returns undefined if no code is being typed */
export function typedValue({ types, parameters }: Declared, path: string): TypedValue | undefined {
  const mark = path.indexOf('?');
  if (mark < 0) return undefined;
  const type =
    path
      .slice(0, mark)
      .split('/')
      .findLast((part) => part !== '') ?? '';
  const last = Math.max(mark, path.lastIndexOf('&')) + 1;
  const equals = path.indexOf('=', last);
  if (equals < 0) return undefined;
  const [name = '', modifier = 'not'] = path.slice(last, equals).split(':');
  const known = [...(types.get(type)?.parameters ?? []), ...parameters].find((one) => one.name === name);
  if (known?.type !== 'token' || modifier !== 'not') return undefined;
  const begins = Math.max(equals, path.lastIndexOf(',')) + 1;
  return { type, parameter: name, begin: path.slice(0, begins), typed: path.slice(begins) };
}

export interface Code {
  readonly system: string;
  readonly code: string;
  readonly display: string;
}

interface Expansion {
  readonly codes: readonly Code[];
  /** The value set has more codes. */
  readonly isCut: boolean;
}

interface Asked {
  readonly valueSet: string;
  readonly filter: string;
  readonly language: string;
  /** For a request to the server; called only if a request is made. */
  readonly token: () => Promise<string>;
}

export type Codes = (asked: Omit<Asked, 'filter'>, typed: string) => Promise<readonly Code[]>;

/** Returns a function that finds the codes of a value set that begin with the typed text, or whose names contain it. */
export function codesAt(base: string): Codes {
  const expand = keptAnswers<Asked, Expansion>((asked) => expansionOf(base, asked), {
    ...{ most, timeout },
    keyOf: ({ valueSet, filter, language }) => JSON.stringify([valueSet, filter, language]),
  });
  return async (asked, typed) => {
    const small = decoded(typed).toLowerCase();
    const all = await expand({ ...asked, filter: '' });
    const isThere = (found: Expansion | undefined): readonly Code[] =>
      found?.codes.filter((one) => isMeant(one, small)) ?? [];
    if (all?.isCut !== true || small.length < fewest) return isThere(all);
    const word = small.slice(small.lastIndexOf('|') + 1, 60);
    return isThere(await expand({ ...asked, filter: word }));
  };
}

/** Decoded from a query; an incomplete escape stays unchanged. */
function decoded(typed: string): string {
  try {
    return decodeURIComponent(typed);
  } catch {
    return typed;
  }
}

/** A server would read a plus sign as a space. */
const encoded = (value: string): string => value.replaceAll('%', '%25').replaceAll('+', '%2B');

function isMeant({ system, code, display }: Code, small: string): boolean {
  return (
    code.toLowerCase().startsWith(small) ||
    `${system}|${code}`.toLowerCase().startsWith(small) ||
    display.toLowerCase().includes(small)
  );
}

async function expansionOf(base: string, { valueSet, filter, language, token }: Asked): Promise<Expansion | undefined> {
  const [url = '', version] = valueSet.split('|');
  const query = new URLSearchParams({
    ...{ url, count: String(count), displayLanguage: language },
    ...(version !== undefined && { valueSetVersion: version }),
    ...(filter !== '' && { filter }),
  });
  const address = `${base}/ValueSet/$expand?${query.toString()}`;
  const answer = await jsonAt(address, { timeout, token: await token(), language });
  return answer === undefined ? undefined : expansionIn(answer);
}

export function expansionIn(valueSet: unknown): Expansion {
  const { contains, total } = membersOf(membersOf(valueSet)['expansion']);
  const codes = flat(listOf(contains), 0);
  return { codes, isCut: typeof total === 'number' && total > codes.length };
}

/** Codes of a hierarchy one after the other. */
function flat(contains: readonly unknown[], depth: number): Code[] {
  if (depth > 20) return [];
  return contains.map(membersOf).flatMap(({ system, code, display, abstract, contains: below }) => {
    const own = { system: textOf(system), code: textOf(code), display: textOf(display) };
    return [...(own.code === '' || abstract === true ? [] : [own]), ...flat(listOf(below), depth + 1)];
  });
}

/** Only the code if all have the same system, otherwise with the system. */
export function codeSuggestions(codes: readonly Code[], { begin, typed }: TypedValue): Suggestion[] {
  const isOne = new Set(codes.map(({ system }) => system)).size <= 1 && !typed.includes('|');
  return codes
    .filter(({ code }) => !code.includes('|'))
    .map(({ system, code, display }) => ({ value: encoded(isOne ? code : `${system}|${code}`), display }))
    .filter(({ value }) => value !== typed && /^[^\s,&#$\\]+$/.test(value))
    .slice(0, mostShown)
    .map(({ value, display }) => ({ path: begin + value, about: display }));
}
