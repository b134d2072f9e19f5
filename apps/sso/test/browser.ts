/** A person with a browser without scripts: follows redirects, keeps cookies, fills in forms. */
import { createHash, randomBytes } from 'node:crypto';
import { ask, type Answered, type Asked } from '../../../tests/ask.ts';
import { issuer } from './addresses.ts';

export interface Page {
  status: number;
  /** The current address of the browser: at the issuer, or at a client. */
  address: string;
  headers: Headers;
  text: string;
}

/** A separate browser with its own sessions. */
export class Browser {
  readonly #url: string;
  readonly #issuer: string;
  readonly #cookies = new Map<string, { value: string; path: string }>();
  readonly #headers: Record<string, string>;
  readonly language: string;
  /** Every received Set-Cookie header. */
  readonly lines: string[] = [];

  /**
   * @param url the actual address of the server with the test's issuer
   * @param headers sent with every request
   */
  constructor(url: string, language = 'en', headers: Record<string, string> = {}, origin = issuer) {
    this.#url = url;
    this.#issuer = origin;
    this.#headers = headers;
    this.language = language;
  }

  /** Requests an address and follows redirects as long as they stay at the issuer. */
  async get(address: string): Promise<Page> {
    return this.#follow(new URL(address, this.#issuer).href, { method: 'GET' });
  }

  async post(address: string, form: Record<string, string> | URLSearchParams): Promise<Page> {
    return this.#follow(new URL(address, this.#issuer).href, { method: 'POST', body: new URLSearchParams(form) });
  }

  /** Sends the form of a page with these fields and this button. */
  async submit(page: Page, fields: Record<string, string>, step: string): Promise<Page> {
    const [, action = ''] = /<form method="post" action="([^"]*)"/.exec(page.text) ?? [];
    const [, csrf = ''] = /name="csrf" value="([^"]*)"/.exec(page.text) ?? [];
    return this.post(new URL(action.replaceAll('&#38;', '&'), page.address).href, { csrf, ...fields, step });
  }

  get cookies(): ReadonlyMap<string, { value: string; path: string }> {
    return this.#cookies;
  }

  /** Plants a cookie in this browser, as an attacker could. */
  plant(name: string, value: string): void {
    this.#cookies.set(name, { value, path: '/' });
  }

  async #follow(address: string, init: Asked): Promise<Page> {
    let at = address;
    let request = init;
    for (let hops = 0; hops < 10; hops += 1) {
      if (!at.startsWith(this.#issuer)) return { status: 0, address: at, headers: new Headers(), text: '' };
      const headers = {
        ...this.#headers,
        'accept-language': this.language,
        accept: 'text/html',
        cookie: this.#cookieFor(at),
      };
      const target = this.#url + at.slice(this.#issuer.length);
      const answered = await ask(target, { ...request, headers });
      this.#keep(answered, at);
      const location = answered.headers.get('location');
      if (location === null) return { address: at, ...answered };
      at = new URL(location, at).href;
      request = { method: 'GET' };
    }
    throw new Error('too many redirects');
  }

  #cookieFor(address: string): string {
    const { pathname } = new URL(address);
    const fits = [...this.#cookies].filter(
      ([, { path }]) => path === '/' || pathname === path || pathname.startsWith(`${path}/`),
    );
    return fits.map(([name, { value }]) => `${name}=${value}`).join('; ');
  }

  #keep({ headers }: Answered, address: string): void {
    for (const line of headers.getSetCookie()) {
      this.lines.push(line);
      const [pair = '', ...attributes] = line.split(/; */);
      const at = pair.indexOf('=');
      const [name, value] = [pair.slice(0, at), pair.slice(at + 1)];
      const path = attributes.find((one) => /^path=/i.test(one))?.slice('path='.length) ?? new URL(address).pathname;
      const isGone = attributes.some((one) => /^expires=.* 1970 /i.test(one)) || value === '';
      if (isGone) this.#cookies.delete(name);
      else this.#cookies.set(name, { value, path });
    }
  }
}

export interface Pkce {
  verifier: string;
  query: { code_challenge: string; code_challenge_method: 'S256' };
}

export function pkce(): Pkce {
  const verifier = randomBytes(32).toString('base64url');
  const challenge = createHash('sha256').update(verifier).digest('base64url');
  return { verifier, query: { code_challenge: challenge, code_challenge_method: 'S256' } };
}

export function authorizeAddress(query: Record<string, string | undefined>): string {
  const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return `/oauth/authorize?${new URLSearchParams(given).toString()}`;
}

/**
 * Signs in and gives consent if a page asks for it.
 * @param own the password that the person chooses to replace one set by an operator
 * @returns the target of the browser
 */
export async function signIn(
  browser: Browser,
  address: string,
  { own, ...person }: { username: string; password: string; own?: string },
): Promise<URL> {
  let page = await browser.get(address);
  if (page.text.includes('name="password"')) page = await browser.submit(page, person, 'login');
  if (own !== undefined) page = await browser.submit(page, { new: own }, 'own-password');
  if (page.text.includes('value="allow"')) page = await browser.submit(page, {}, 'allow');
  return new URL(page.address);
}
