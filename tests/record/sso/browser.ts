/** A browser whose requests are recorded: it keeps cookies and fills in forms, and is led on only where a script says so. */
import type { Answer } from '../entry.ts';
import type { SsoSession } from './session.ts';

export interface Page extends Answer {
  /** Below the issuer, with the query. */
  readonly path: string;
}

export interface Browser {
  get(path: string): Promise<Page>;
  post(path: string, form: Readonly<Record<string, string>>): Promise<Page>;
  /** Sends the first form of a page, with its hidden fields. */
  submit(page: Page, fields: Readonly<Record<string, string>>): Promise<Page>;
  /** Goes where a page leads, as often as it leads on within the issuer. */
  follow(page: Page): Promise<Page>;
}

interface Cookie {
  readonly value: string;
  readonly path: string;
}

export const issuer = 'https://sso.example.uz';

export function browserOf(session: SsoSession, language: string): Browser {
  const cookies = new Map<string, Cookie>();

  async function go(method: string, path: string, body?: string): Promise<Page> {
    const { pathname } = new URL(path, issuer);
    const sent = [...cookies].filter(([, cookie]) => reaches(cookie.path, pathname));
    const answer = await session.send({
      ...{ method, path, ...(body !== undefined && { body }) },
      headers: {
        ...{ accept: 'text/html', 'accept-language': language },
        ...(sent.length > 0 && { cookie: sent.map(([name, { value }]) => `${name}=${value}`).join('; ') }),
        ...(body !== undefined && { 'content-type': 'application/x-www-form-urlencoded' }),
      },
    });
    for (const line of cookieLines(answer)) keep(line, pathname);
    return { ...answer, path };
  }

  function keep(line: string, pathname: string): void {
    const [pair = '', ...attributes] = line.split(/; */);
    const at = pair.indexOf('=');
    const [name, value] = [pair.slice(0, at), pair.slice(at + 1)];
    const path = attributes.find((one) => /^path=/i.test(one))?.slice('path='.length) ?? pathname;
    if (value === '' || attributes.some((one) => /^expires=.* 1970 /i.test(one))) cookies.delete(name);
    else cookies.set(name, { value, path });
  }

  const post: Browser['post'] = (path, form) => go('POST', path, new URLSearchParams(form).toString());
  return {
    get: (path) => go('GET', path),
    post,
    submit(page, fields) {
      const [, action = page.path] = /<form[^>]* action="([^"]*)"/.exec(page.text) ?? [];
      const hidden = [...page.text.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)];
      const given = Object.fromEntries(hidden.map(([, name = '', value = '']) => [name, plain(value)]));
      return post(pathOf(plain(action), page.path), { ...given, ...fields });
    },
    async follow(page) {
      let at = page;
      for (let hops = 0; hops < 8; hops += 1) {
        const { location } = at.headers;
        if (location === undefined) return at;
        const target = new URL(location, new URL(at.path, issuer));
        if (target.origin !== issuer) return { ...at, path: target.href };
        at = await go('GET', target.pathname + target.search);
      }
      return at;
    },
  };
}

function reaches(path: string, pathname: string): boolean {
  return path === '/' || pathname === path || pathname.startsWith(`${path}/`);
}

function pathOf(action: string, at: string): string {
  const { pathname, search } = new URL(action, new URL(at, issuer));
  return pathname + search;
}

/** The lines of Set-Cookie, which the client has joined; a comma within a date is followed by no name. */
function cookieLines({ headers }: Answer): string[] {
  const joined = headers['set-cookie'];
  return joined === undefined ? [] : joined.split(/, ?(?=[\w.-]+=)/);
}

function plain(value: string): string {
  return value
    .replaceAll('&#38;', '&')
    .replaceAll('&amp;', '&')
    .replaceAll('&#34;', '"')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'");
}
