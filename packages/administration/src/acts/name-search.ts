/**
 * Searches people and clients by the words of their names, in any script. The words are indexed after the row is written: code that writes
 * a name does not know of them, and a changed name becomes due again.
 */
import { normaliseString, searchForms } from '@dhp/name-scripts';
import type { Sql } from '@dhp/postgres';
import { selectDueAccounts, selectDueClients, writeAccountWords, writeClientWords } from '../store/name-words.ts';

const batch = 500;
const separators = /[^\p{L}\p{N}]+/u;
/** Further words would hardly narrow the result. */
const maxWords = 6;

/** The words of a name and of a user name or id, which are searched by the same field. */
function wordsOf(...texts: string[]): string[] {
  const words = texts.flatMap((text) => normaliseString(text).split(separators)).filter((word) => word !== '');
  return [...new Set(words)];
}

/** Returns, for each word of a search, the possible beginnings of a stored word; an empty list if the text has no words. */
export function searchedWords(text: string): (readonly string[])[] {
  const partsOf = (form: string): string[] => form.split(separators).filter((part) => part !== '');
  const typed = text.slice(0, 200).split(/\s+/);
  const words = typed.flatMap((word) => {
    const forms = searchForms(word).map(partsOf);
    const [first = []] = forms;
    // The forms differ in their end alone.
    return first.map((part, at) => (at < first.length - 1 ? [part] : forms.map((parts) => parts.at(-1) ?? part)));
  });
  return words.slice(0, maxWords);
}

/** Indexes the words of names that are new or changed, one batch. @returns how many were indexed; call it again until it returns 0 */
export async function indexNames(sql: Sql): Promise<number> {
  const accounts = await selectDueAccounts(sql, batch);
  for (const { id, name, also } of accounts) await writeAccountWords(sql, { id, name, words: wordsOf(name, also) });
  const clients = await selectDueClients(sql, batch);
  for (const { id, name } of clients) await writeClientWords(sql, { id, name, words: wordsOf(name, id) });
  return accounts.length + clients.length;
}
