/**
 * Rules for passwords (NIST SP 800-63B section 3.1.1): long enough, not among the most common ones, and not made of known facts about the
 * person. No rules about kinds of characters, because they make passwords worse.
 */
import type { BreachedPasswords } from './breached-passwords.ts';

/** In characters. Shorter ones can be guessed; longer ones would let a caller make the server work. */
export const passwordLength = { min: 10, max: 256 };

export type PasswordFlaw = 'too-short' | 'too-long' | 'common' | 'personal' | 'breached';

/**
 * @param breached the list of passwords known from breaches, if one is installed
 * @returns the flaw, or undefined
 */
export async function findPasswordFlaw(
  password: string,
  person: { username: string; name: string },
  breached: BreachedPasswords | undefined,
): Promise<PasswordFlaw | undefined> {
  return (await passwordFlaw(password, person)) ?? ((await isBreached(password, breached)) ? 'breached' : undefined);
}

export async function isBreached(password: string, breached: BreachedPasswords | undefined): Promise<boolean> {
  return breached !== undefined && (await breached.timesSeen(password)) > 0;
}

async function passwordFlaw(
  password: string,
  person: { username: string; name: string },
): Promise<PasswordFlaw | undefined> {
  const length = Array.from(password).length;
  if (length < passwordLength.min) return 'too-short';
  if (length > passwordLength.max) return 'too-long';
  if (isPersonal(password, person)) return 'personal';
  return (await isCommon(password)) ? 'common' : undefined;
}

export const passwordRules: Record<PasswordFlaw, string> = {
  'too-short': `A password has ${String(passwordLength.min)} to ${String(passwordLength.max)} characters; any characters will do`,
  'too-long': `A password has ${String(passwordLength.min)} to ${String(passwordLength.max)} characters; any characters will do`,
  common:
    'This password is among those that are tried first; take several words that have nothing to do with each other',
  breached: 'This password is known from data breaches elsewhere; take another one',
  personal: 'A password must not be made of the name or user name of the person',
};

/** Also with something hung on to it, and when it is one character or pair again and again. */
async function isCommon(password: string): Promise<boolean> {
  // Decoded when a password is first chosen: a server that starts has no use for it.
  const { default: commonPasswords } = await import('fxa-common-password-list');
  const lower = password.toLowerCase();
  const bare = lower.replace(/^[^\p{L}\p{N}]+|(?<![^\p{L}\p{N}])[^\p{L}\p{N}]+$/gu, '');
  const word = bare.replace(/\d{1,4}$/, '');
  const tried = [lower, bare, ...(word.length >= 8 ? [word] : [])];
  return tried.some((one) => commonPasswords.test(one)) || new Set(lower).size < 4;
}

/** Whether a password consists mostly of the person's own names: without them fewer than six characters remain. */
function isPersonal(password: string, { username, name }: { username: string; name: string }): boolean {
  const fold = (text: string): string =>
    text
      .normalize('NFKD')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}]+/gu, '');
  const words = [...username.split(/[^\p{L}\p{N}]+/u), ...name.split(/\s+/), username]
    .map(fold)
    .filter((word) => word.length >= 3);
  const folded = fold(password);
  const left = words.sort((a, b) => b.length - a.length).reduce((rest, word) => rest.replaceAll(word, ''), folded);
  return left.length < folded.length && left.length < 6;
}
