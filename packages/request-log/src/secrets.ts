/** Texts that an application has sent, without secrets, and cut to the stored length. */

/** Replaces masked text. */
const mask = '…';

/** UTF-16 units of a path, a query or a sentence. */
const longest = 1_000;

/** Names of parameters whose values are secret. */
const names = /token|secret|password|passwd|authorization|assertion|api[-_]?key/i;

/**
 * The beginning of a JSON Web Token, `{"`, and all characters that may follow. Nothing may follow in the expression, so that no text is
 * read twice.
 */
const token = /eyJ[\w.-]{8,}/g;

/** Returns the part of the text that is stored, as a copy: a slice of a longer text would keep all of it in memory. */
export function beginningOf(text: string): string {
  if (text.length <= longest) return text;
  return Buffer.from(text.slice(0, longest), 'utf16le').toString('utf16le');
}

/** Returns the text without the JSON Web Tokens in it. */
export const withoutTokens = (text: string): string => text.replaceAll(token, mask);

/** Returns the query without a token, a secret or a password that an application has put there by mistake. */
export function withoutSecrets(query: string): string {
  return query
    .split('&')
    .map((part) => {
      const at = part.indexOf('=');
      return at >= 0 && names.test(unescape(part.slice(0, at))) ? `${part.slice(0, at)}=${mask}` : withoutTokens(part);
    })
    .join('&');
}

function unescape(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
