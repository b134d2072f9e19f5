/** The documents of the repository, with their translations. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { textLanguageOf, type Language, type TextLanguage } from '@dhp/negotiation';
import { documents, type DocumentAbout } from './list.ts';
import { readMarkdown, type Source } from './markdown.ts';

/** A document in the reader's language, or in English if there is no translation. */
export interface Volume {
  readonly about: DocumentAbout;
  /** Of the text. */
  readonly language: Language;
  /** The file that the text is from. */
  readonly path: string;
  readonly source: Source;
  /** Ids of the headings in order, taken from the English text, so that a link leads to the same place in each language. */
  readonly ids: readonly string[];
  /** The English text was changed since it was translated. */
  readonly isOlder: boolean;
}

export interface Library {
  /** Path of the repository. */
  readonly root: string;
  find(name: string, language: Language): Volume | undefined;
}

/** The repository's root relative to this file. */
const home = fileURLToPath(new URL('../../../../', import.meta.url));

/**
 * Reads a document when it is first requested, and caches it.
 * @returns undefined if not all documents are available beside the program
 */
export function openLibrary(root: string = home): Library | undefined {
  if (!documents.every(({ path }) => existsSync(join(root, path)))) return undefined;
  const volumes = new Map<string, Volume>();
  return {
    root,
    find(name, language) {
      const about = documents.find((one) => one.name === name);
      if (about === undefined) return undefined;
      const key = `${name} ${language}`;
      const known = volumes.get(key) ?? readVolume(root, about, language);
      volumes.set(key, known);
      return known;
    },
  };
}

function readVolume(root: string, about: DocumentAbout, language: Language): Volume {
  const english = readFileSync(join(root, about.path), 'utf8');
  const source = readMarkdown(english);
  const ids = source.sections.map(({ id }) => id);
  const original: Volume = { ...{ about, language: 'en', path: about.path, source, ids }, isOlder: false };
  const path = translationPath(about.path, textLanguageOf(language));
  if (language === 'en' || !existsSync(join(root, path))) return original;
  const translated = readFileSync(join(root, path), 'utf8');
  const isOlder = originOf(translated) !== digestOf(english);
  return { ...{ about, language, path, ids, isOlder }, source: readMarkdown(translated, language) };
}

/** @returns the id on the page of the heading with this name in the file; the name itself if there is no such heading */
export function idOfHeading(volume: Volume | undefined, heading: string): string {
  const place = volume?.source.sections.findIndex(({ id }) => id === heading) ?? -1;
  return volume?.ids[place] ?? heading;
}

/** Beside the English: `docs/uz/tokens.md` of `docs/tokens.md`. */
export function translationPath(path: string, language: TextLanguage): string {
  return `docs/${language}/${path.replace(/^docs\//, '')}`;
}

/** The digest of the English that a translation was made from, which its first line names. */
export function originOf(translated: string): string | undefined {
  return /^<!-- translated from \S+ ([0-9a-f]{16}) -->\n/.exec(translated)?.[1];
}

/** As the first line of a translation names it. */
export function digestOf(english: string): string {
  return createHash('sha256').update(english.replaceAll('\r\n', '\n')).digest('hex').slice(0, 16);
}
