/** Texts that an application has sent, without what opens something, and no longer than they are kept. */

/** In the place of what was left out. */
const mask = '…';

/** UTF-16 units of a path, a query or a sentence. */
const longest = 1_000;

/** Names of parameters whose values nobody means to be read. */
const names = /token|secret|password|passwd|authorization|assertion|api[-_]?key/i;

/** The beginning of a JSON Web Token, `{"`, and all that may follow: nothing is behind it, so that no text is read twice. */
const token = /eyJ[\w.-]{8,}/g;

/** Returns as much of the text as is kept, as a text of its own: a part of a longer one would hold all of it in memory. */
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
