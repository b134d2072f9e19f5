/** Full-text search over the documents and the error codes, by MiniSearch (docs/decisions/0073-documents-on-the-portal.md). */
import MiniSearch from 'minisearch';
import { toCyrillic } from '@dhp/messages';
import { textLanguageOf, type Language } from '@dhp/negotiation';
import { errorsAbout } from '../errors/error-catalogue.ts';
import type { Library } from './library.ts';
import { documents } from './list.ts';

export interface Hit {
  /** From the root of the portal. */
  readonly address: string;
  /** The document, and the section if the hit is not the whole document. */
  readonly titles: readonly string[];
  /** Text around the first matching word; matching words are marked. */
  readonly excerpt: readonly { readonly text: string; readonly isFound: boolean }[];
}

/** Finds the sections that contain all words, or words that begin with them or differ by a letter; the best first. */
export type Search = (query: string, language: Language) => readonly Hit[];

interface Entry {
  readonly id: number;
  readonly address: string;
  readonly titles: readonly string[];
  readonly title: string;
  readonly text: string;
}

interface Index {
  readonly entries: readonly Entry[];
  readonly words: MiniSearch<Entry>;
}

/** Limits of the cost of one query. */
const most = { characters: 120, words: 8, hits: 30, excerpt: 180 } as const;

/** An index for each language, built at the first query in it. */
export function openSearch(library: Library): Search {
  const indexes = new Map<Language, Index>();
  return (query, language) => {
    const words = wordsOf(query.slice(0, most.characters)).slice(0, most.words);
    if (words.length === 0) return [];
    const { entries, words: index } = indexes.get(language) ?? makeIndex(library, language);
    indexes.set(language, { entries, words: index });
    const found = index.search(words.join(' ')).slice(0, most.hits);
    return found.map(({ id, terms }) => hitOf(entries[id as number]!, new Set(terms)));
  };
}

function makeIndex(library: Library, language: Language): Index {
  const entries = [...sectionsOf(library, language), ...errorsOf(language)].map((one, id) => ({ id, ...one }));
  const words = new MiniSearch<Entry>({
    ...{ fields: ['title', 'text'], tokenize: wordsOf, processTerm: (term) => term },
    searchOptions: {
      ...{ combineWith: 'AND', boost: { title: 4 } },
      prefix: (term) => term.length > 2,
      fuzzy: (term) => (term.length > 4 ? 1 : false),
    },
  });
  words.addAll(entries);
  return { entries, words };
}

type Section = Omit<Entry, 'id'>;

function sectionsOf(library: Library, language: Language): Section[] {
  return documents.flatMap(({ name }) => {
    const { source, ids } = library.find(name, language)!;
    return source.sections.map(({ title, text }, n) => ({
      address: n === 0 ? `documents/${name}` : `documents/${name}#${ids[n] ?? ''}`,
      titles: n === 0 ? [title] : [source.title, title],
      ...{ title, text },
    }));
  });
}

function errorsOf(language: Language): Section[] {
  const inScript = language === 'uz-Cyrl' ? toCyrillic : (text: string): string => text;
  return errorsAbout.map(({ code, sentence, cause, remedy }) => ({
    address: `errors/${code}`,
    titles: [code],
    title: code,
    text: inScript([sentence, cause, remedy].flatMap((part) => part?.[textLanguageOf(language)] ?? []).join(' ')),
  }));
}

/** Apostrophes of Uzbek letters are written in several ways: they are ignored. A word may contain `$`, `_` or `-`. */
function wordsOf(text: string): string[] {
  return text
    .toLowerCase()
    .replaceAll(/[ʻʼ'‘’`]/g, '')
    .split(/[^\p{L}\p{M}\p{N}]+/u)
    .filter((word) => word !== '');
}

function hitOf({ address, titles, text }: Entry, terms: ReadonlySet<string>): Hit {
  const pieces = text
    .replaceAll('`', '')
    .split(/([\p{L}\p{M}\p{N}ʻʼ'‘’]+)/u)
    .map((piece) => ({ text: piece, isFound: wordsOf(piece).some((word) => terms.has(word)) }));
  const first = Math.max(
    0,
    pieces.findIndex(({ isFound }) => isFound),
  );
  const from = Math.max(0, first - 12);
  let length = 0;
  const excerpt = pieces.slice(from).filter((piece) => (length += piece.text.length) <= most.excerpt);
  return { address, titles, excerpt: from === 0 ? excerpt : [{ text: '… ', isFound: false }, ...excerpt] };
}
