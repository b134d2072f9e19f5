import { isPageLanguage, type Language } from '@dhp/negotiation';

const year = 31_536_000;

/** Over https a prefix keeps other hosts from setting the cookie; `__Host-` requires the path `/` (RFC 6265bis section 4.1.3). */
const prefixes = ['__Host-', '__Secure-', ''];

/** The value of Set-Cookie that remembers the chosen language for a year. */
export function languageCookie(language: Language, o: { name: string; path: string; secure: boolean }): string {
  const prefix = o.secure ? (o.path === '/' ? '__Host-' : '__Secure-') : '';
  const flags = `Path=${o.path}; Max-Age=${year}; HttpOnly; SameSite=Lax${o.secure ? '; Secure' : ''}`;
  return `${prefix}${o.name}=${language}; ${flags}`;
}

/**
 * The language in such a cookie; a cookie with a prefix has precedence over one without.
 * @param header the value of Cookie
 */
export function rememberedLanguage(header: string | undefined, name: string): Language | undefined {
  return prefixes.map((prefix) => valueOf(header, prefix + name)).find((value) => isPageLanguage(value));
}

function valueOf(header: string | undefined, name: string): string | undefined {
  for (const pair of (header ?? '').split(';')) {
    const [key, value] = pair.split('=', 2);
    if (key?.trim() === name) return value?.trim();
  }
  return undefined;
}
