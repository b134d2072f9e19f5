/**
 * Finding people and clients by the words of their names, in any script. The words are made after the row: whoever writes a name
 * knows nothing of them, and a name that was changed is due again.
 */
import { normaliseString, searchForms } from '@dhp/name-scripts';
import type { Sql } from '@dhp/postgres';
import { selectDueAccounts, selectDueClients, writeAccountWords, writeClientWords } from '../store/name-words.ts';

const batch = 500;
const separators = /[^\p{L}\p{N}]+/u;
/** More words than that narrow nothing further. */
const maxWords = 6;

/** The words of a name, and those of a user name or id, which are typed into the same field. */
function wordsOf(...texts: string[]): string[] {
  const words = texts.flatMap((text) => normaliseString(text).split(separators)).filter((word) => word !== '');
  return [...new Set(words)];
}

/** Returns, for each word of a search, the possible beginnings of a stored word. Empty when there is nothing to search for. */
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

/** Makes the words of names that are new or changed. @returns how many; call it again while it is not 0 */
export async function indexNames(sql: Sql): Promise<number> {
  const accounts = await selectDueAccounts(sql, batch);
  for (const { id, name, also } of accounts) await writeAccountWords(sql, { id, name, words: wordsOf(name, also) });
  const clients = await selectDueClients(sql, batch);
  for (const { id, name } of clients) await writeClientWords(sql, { id, name, words: wordsOf(name, id) });
  return accounts.length + clients.length;
}
