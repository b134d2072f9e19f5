/** A person at a browser, for a client that sends them to the SSO. */
import { Browser, type Page } from '../../../apps/sso/test/browser.ts';

interface Person {
  readonly username: string;
  readonly password: string;
}

/** Signs in and allows what is asked; the page at the end, at the SSO or at a client. */
async function pageAfter(address: string, issuer: string, person: Person): Promise<Page> {
  const { pathname, search } = new URL(address);
  const browser = new Browser(issuer, 'en', {}, issuer);
  let page = await browser.get(pathname + search);
  if (page.text.includes('name="password"')) page = await browser.submit(page, { ...person }, 'login');
  return page.text.includes('value="allow"') ? browser.submit(page, {}, 'allow') : page;
}

/** Returns the address at the client to which the browser is sent. Rejects with the text of the page where the SSO sends nobody back. */
export async function signInAt(address: string, issuer: string, person: Person): Promise<string> {
  const { status, address: at, text } = await pageAfter(address, issuer, person);
  if (at.startsWith(issuer)) throw new Error(`${status} ${textOf(text)}`);
  return at;
}

function textOf(html: string): string {
  const [, main = html] = /<main[^>]*>([^]*)<\/main>/.exec(html) ?? [];
  return main
    .replaceAll(/<style[^]*?<\/style>|<[^>]+>/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

/**
 * Goes to an address of an application and wherever it sends, signing in on the way.
 * @returns status and text of the page at the end
 */
export async function visit(address: string, issuer: string, person: Person): Promise<string> {
  const cookies = new Map<string, string>();
  let at = address;
  let init: RequestInit = {};
  for (let hops = 0; hops < 10; hops += 1) {
    if (at.startsWith(issuer)) {
      const page = await pageAfter(at, issuer, person);
      const form = page.address.startsWith(issuer) ? formPostOf(page.text, issuer) : undefined;
      if (form === undefined && page.address.startsWith(issuer)) return `${page.status} ${textOf(page.text)}`;
      at = form?.action ?? page.address;
      init = form === undefined ? {} : { method: 'POST', body: form.fields };
      continue;
    }
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(at, { ...init, redirect: 'manual', headers: { cookie, accept: 'text/html' } });
    init = {};
    for (const line of response.headers.getSetCookie()) {
      const [pair = ''] = line.split(';');
      cookies.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1));
    }
    const location = response.headers.get('location');
    if (location === null) return `${response.status} ${await response.text()}`;
    at = new URL(location, at).href;
  }
  throw new Error(`too many redirects, at last to ${at}`);
}

/** The form that a page sends to a client by itself (response_mode=form_post). */
function formPostOf(html: string, issuer: string): { action: string; fields: URLSearchParams } | undefined {
  const [, action = ''] = /<form[^>]* action="([^"]*)"/.exec(html) ?? [];
  if (!action.startsWith('http') || action.startsWith(issuer)) return undefined;
  const inputs = [...html.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)];
  return {
    action: unescaped(action),
    fields: new URLSearchParams(inputs.map(([, name = '', value = '']) => [name, unescaped(value)])),
  };
}

function unescaped(text: string): string {
  const named = text.replaceAll('&amp;', '&').replaceAll('&quot;', '"');
  return named.replaceAll(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)));
}
