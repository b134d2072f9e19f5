/**
 * Setup of the tests that attack every page: an operator, a person and a stranger with separate browsers, and all pages with their forms.
 */
import { request as httpRequest } from 'node:http';
import { addCase } from './identity-bed.ts';
import { allRoutes, type Route } from './all-routes.ts';
import { authorizeAddress, Browser, pkce } from './browser.ts';
import { operateBed, type OperateBed } from './operate-bed.ts';
import { newClient } from './support.ts';

export type Who = 'stranger' | 'person' | 'operator';

export interface Sent {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

export interface Heard {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly text: string;
}

export interface Form {
  /** Path of the page with the form, and of its target. */
  readonly page: string;
  readonly action: string;
  /** Of buttons each is one form more. */
  readonly fields: readonly (readonly [string, string])[];
  /** Inputs that a person fills in or chooses. */
  readonly names: readonly string[];
}

export interface HostileBed extends OperateBed {
  readonly routes: readonly Route[];
  readonly url: string;
  readonly clientId: string;
  /** Sent unchanged: `fetch` corrects header fields. */
  readonly send: (sent: Sent) => Promise<Heard>;
  /** Path of a route, with existing values for its parts. */
  readonly filled: (route: string) => string;
  /** Browsers by their users. */
  readonly visitors: () => Promise<Record<Who, Browser>>;
}

/** Call it at the top level of the file. */
export async function hostileBed(): Promise<HostileBed> {
  const of = await operateBed({ send: () => Promise.resolve(), signUp: true });
  const { bed, chromium, register, idOf, clock } = of;
  const url = chromium.issuer;
  await register('aziza', 'Aziza Karimova');
  await register('zafar', 'Zafar Aliyev');
  await addCase(bed.sql, idOf('zafar'), { kind: 'several', ids: ['a', 'b'], at: clock() });
  const { id: clientId } = await newClient(bed.clients, {
    ...{ grants: ['authorization_code'], scopes: ['openid', 'patient/*.rs'], public: true },
    redirectUris: ['http://localhost/cb'],
  });
  const [found] = await bed.sql<{ id: string }[]>`select case_id as id from sso.identity_case`;
  let signInUid = '';
  const parts: Record<string, () => string> = {
    uid: () => signInUid,
    accountId: () => idOf('zafar'),
    clientId: () => clientId,
    client_id: () => clientId,
    caseId: () => found!.id,
    environment: () => 'playground',
    role: () => 'nurse',
    alg: () => 'ES256',
    version: () => '1',
  };

  async function visitors(): ReturnType<HostileBed['visitors']> {
    const stranger = new Browser(url, 'en', {}, url);
    const asked = { client_id: clientId, response_type: 'code', redirect_uri: 'http://localhost/cb', scope: 'openid' };
    const page = await stranger.get(authorizeAddress({ ...asked, ...pkce().query }));
    signInUid = new URL(page.address).pathname.split('/').at(-1)!;
    const { browser: person } = await of.withoutScripts('aziza', '/account');
    const { browser: operator } = await of.withoutScripts('operator');
    return { stranger, person, operator };
  }

  return {
    ...of,
    ...{ url, clientId, visitors, routes: await allRoutes(bed, url) },
    filled: (route) => route.replaceAll(/:(\w+)|\*/g, (_whole, name: string) => parts[name]?.() ?? 'x'),
    send: (sent) => sendTo(url, sent),
  };
}

function sendTo(url: string, { method, path, headers = {}, body }: Sent): Promise<Heard> {
  const { hostname, port } = new URL(url);
  const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  return new Promise((resolve, reject) => {
    const at = { hostname, port, method, path, headers: { ...headers, ...length } };
    const sent = httpRequest(at, (response) => {
      const all: Buffer[] = [];
      response.on('data', (some: Buffer) => all.push(some));
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text: Buffer.concat(all).toString() });
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

export const cookieOf = ({ cookies }: Browser): string =>
  [...cookies].map(([name, { value }]) => `${name}=${value}`).join('; ');

const textOf = (html: string): string =>
  html
    .replaceAll(/&#(\d+);/g, (_whole, code: string) => String.fromCodePoint(Number(code)))
    .replaceAll('&quot;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');

const attribute = (tag: string, name: string): string | undefined => new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1];

/** A path without its query, with ids and numbers in it alike. */
export const shapeOf = (path: string): string =>
  path
    .split('?', 1)[0]!
    .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, ':id')
    .replaceAll(/\/(?:\d+|[\w-]{40,})(?=\/|$)/g, '/:n');

/** Paths of this server to which a page leads. */
export function linksOf(page: string, html: string, url: string): string[] {
  return [...html.matchAll(/href="([^"#][^"]*)"/g)].flatMap(([, href]) => {
    const link = URL.parse(textOf(href!), url + page);
    return link?.origin === url ? [link.pathname + link.search] : [];
  });
}

/** The POST forms of a page, one for each of their buttons. */
export function formsOf(page: string, html: string): Form[] {
  return [...html.matchAll(/<form([^>]*)>([\s\S]*?)<\/form>/g)].flatMap(([, head, inner]) => {
    if (!/method="post"/i.test(head!)) return [];
    const action = new URL(textOf(attribute(head!, 'action') ?? ''), `http://h${page}`);
    const inputs = [...inner!.matchAll(/<(?:input|textarea|select)\b[^>]*>/g)].map(([tag]) => tag);
    const named = inputs.flatMap((tag) => {
      const name = attribute(tag, 'name');
      return name === undefined || /type="(?:submit|file)"/.test(tag) ? [] : [{ tag, name }];
    });
    const fields = named.map(({ tag, name }): [string, string] => [name, textOf(attribute(tag, 'value') ?? '')]);
    const names = named.filter(({ tag }) => !/name="(?:csrf|xsrf)"/.test(tag)).map(({ name }) => name);
    const buttons = [...inner!.matchAll(/<button\b[^>]*name="([^"]*)"[^>]*value="([^"]*)"/g)];
    const pressed =
      buttons.length === 0 ? [[]] : buttons.map(([, name, value]): [string, string][] => [[name!, value!]]);
    return pressed.map((button) => ({
      ...{ page, action: action.pathname + action.search },
      ...{ fields: [...fields, ...button], names: [...new Set(names)] },
    }));
  });
}
