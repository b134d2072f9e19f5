/** Words of others in mails of the platform: names of applications and titles of topics, by which nobody may say what is not the platform's. */
import { languages, textLanguageOf, type Language, type TextLanguage } from '@dhp/negotiation';

/** The title of a topic by language, as far as there are titles. */
export type Titles = Partial<Record<TextLanguage, string>>;

const longest = 100;

/**
 * Letters, digits and a few marks alone, on one line: no address that a mail program makes a link of, and no line that looks like another part of the
 * mail, or of its header.
 * @returns at most 100 characters
 */
export function plainWords(text: string): string {
  const plain = text.normalize('NFC').replace(/[^\p{L}\p{M}\p{N} ()'’‘ʻʼ,;&№"«»–-]+/gu, ' ');
  return Array.from(plain.replace(/ +/g, ' ').trim()).slice(0, longest).join('').trim();
}

/** The title in a language, else in another one; a word of ours where there is none is the caller's to say. */
export function titleOf(titles: Titles, language: Language): string {
  const own = textLanguageOf(language);
  const found = [own, ...languages].map((one) => plainWords(titles[one] ?? ''));
  return found.find((title) => title !== '') ?? '';
}
