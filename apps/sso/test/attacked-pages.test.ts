/**
 * Every page and every form of the server, found through its routes and the links on its pages, for a stranger, a person and an operator.
 * Protective headers are present, no header field and no parameter leads elsewhere, no form of another site has an effect, and no value
 * causes a fault or appears on a page as anything but text.
 */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { sampleOf } from '../../../tests/sample.ts';
import type { Browser } from './browser.ts';
import {
  cookieOf,
  formsOf,
  hostileBed,
  linksOf,
  shapeOf,
  type Form,
  type Heard,
  type Sent,
  type Who,
} from './hostile-bed.ts';

const hostile = await hostileBed();
const { bed, routes, filled, send, wait } = hostile;
const evil = 'evil.example';
const isForm = 'application/x-www-form-urlencoded';

const everybody: readonly Who[] = ['stranger', 'person', 'operator'];
let at: Record<Who, Browser>;

interface Found {
  readonly who: Who;
  readonly path: string;
  readonly heard: Heard;
}
const found: Found[] = [];
/** A subset of the answers that lead to a sign-in, and of those for programs. */
let attacked: readonly Found[] = [];
const forms: (Form & { who: Who })[] = [];

const isHtml = ({ headers }: Heard): boolean => /html/.test(String(headers['content-type'] ?? ''));
function ask(who: Who, sent: Partial<Sent> & { path: string }): Promise<Heard> {
  const { method = 'GET', headers, ...rest } = sent;
  const own = { cookie: cookieOf(at[who]), accept: 'text/html', 'accept-language': 'en' };
  return send({ method, ...rest, headers: { ...own, ...headers } });
}

const post = (who: Who, path: string, body: string, headers: Record<string, string> = {}): Promise<Heard> =>
  ask(who, { method: 'POST', path, body, headers: { 'content-type': isForm, ...headers } });

/** All pages reachable from the routes through links, each shape once. */
async function crawl(who: Who): Promise<void> {
  const waiting = routes.filter(([method]) => method === 'GET').map(([, route]) => filled(route));
  const seen = new Set<string>();
  for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
    if (seen.has(shapeOf(path))) continue;
    seen.add(shapeOf(path));
    const heard = await ask(who, { path });
    found.push({ who, path, heard });
    if (!isHtml(heard)) continue;
    forms.push(...formsOf(path, heard.text).map((form) => ({ ...form, who })));
    waiting.push(...linksOf(path, heard.text, hostile.url));
  }
}

before(async () => {
  at = await hostile.visitors();
  for (const who of everybody) await crawl(who);
  const kindOf = ({ who, path, heard }: Found): string => (isHtml(heard) ? who + path : who + String(heard.status));
  attacked = sampleOf(found, 8, 1, kindOf);
});

it('there are pages and forms to attack', (t) => {
  t.diagnostic(`${String(routes.length)} routes, ${String(found.length)} answers, ${String(forms.length)} forms`);
  for (const who of everybody) assert.ok(forms.some((form) => form.who === who));
  assert.ok(found.length > 100 && forms.length > 25 && attacked.length > 50);
});

/** Lists the protections that an answer lacks. */
function lacks({ status, headers, text }: Heard): string[] {
  const field = (name: string): string => String(headers[name] ?? '');
  const csp = field('content-security-policy');
  const cookies = [headers['set-cookie'] ?? []].flat();
  const isPage = /html/.test(field('content-type')) && text !== '' && (status < 300 || status >= 400);
  const needed: Record<string, boolean> = {
    nosniff: field('x-content-type-options') === 'nosniff',
    'no-referrer': field('referrer-policy') === 'no-referrer',
    frames: field('x-frame-options') === 'DENY' && csp.includes("frame-ancestors 'none'"),
    base: csp.includes("base-uri 'none'"),
    objects: /(?:object|default)-src 'none'/.test(csp),
    policy: !isPage || (/^default-src 'none';/.test(csp) && /form-action /.test(csp) && !/unsafe|\*|data:/.test(csp)),
    // The start page does not depend on who is signed in.
    cache: !isPage || /^no-(?:store|cache)$/.test(field('cache-control')),
    language: !isPage || /^(?:uz|ru|en)/.test(field('content-language')),
    cookies: cookies.every(
      (one) => /; *samesite=lax/i.test(one) && (/; *httponly/i.test(one) || /^language=/.test(one)),
    ),
    cached: cookies.length === 0 || /no-store|private/.test(field('cache-control')),
  };
  return Object.keys(needed).filter((name) => !needed[name]);
}

it('every answer has what protects it', () => {
  const faults = found.flatMap(({ who, path, heard }) => {
    const lacking = lacks(heard);
    return lacking.length === 0 ? [] : [`${who} ${path}: ${String(heard.status)} ${lacking.join(', ')}`];
  });
  assert.deepEqual(faults, []);
});

const poisons: Record<string, string>[] = [
  { host: evil },
  { host: `localhost@${evil}`, forwarded: `for=1.2.3.4;host=${evil};proto=https` },
  {
    ...{ 'x-forwarded-host': evil, 'x-forwarded-server': evil, 'x-original-host': evil, 'x-host': evil },
    ...{
      'x-forwarded-proto': 'https',
      'x-forwarded-port': '444',
      'x-forwarded-for': '1.2.3.4',
      'x-real-ip': '1.2.3.4',
    },
    ...{ 'x-original-url': `//${evil}/`, 'x-rewrite-url': `//${evil}/`, 'x-forwarded-prefix': `//${evil}` },
    ...{ 'x-http-method-override': 'DELETE', forwarded: `host=${evil}` },
  },
];

it('no header field of the request leads an answer elsewhere', async () => {
  const faults: string[] = [];
  for (const { who, path, heard } of attacked)
    for (const headers of sampleOf(poisons, 3, path.length)) {
      const { status, headers: got, text } = await ask(who, { path, headers });
      const said = JSON.stringify(got) + text;
      if (said.includes(evil) || said.includes(':444')) faults.push(`${who} ${path} ${JSON.stringify(headers)}`);
      if (status >= 500 && heard.status < 500) faults.push(`${who} ${path}: ${String(status)}`);
    }
  assert.deepEqual(faults, []);
});

const addresses = [`https://${evil}/`, `//${evil}/`, `/\\${evil}`, `https:${evil}`, `javascript:alert('${evil}')`];
const parameters = [
  ...['back', 'next', 'return', 'return_to', 'redirect', 'redirect_uri', 'url', 'uri', 'to', 'then', 'state', 'target'],
  ...[
    'post_logout_redirect_uri',
    'iss',
    'from',
    'upstream',
    'token',
    'q',
    'notice',
    'own',
    'cursor',
    'after',
    'launch',
  ],
  ...['code', 'key', 'ui_locales', 'user_code', 'login_hint', 'client_uri', 'continue', 'service', 'error_uri', 'as'],
];

it('no parameter of an address leads elsewhere', async () => {
  const faults: string[] = [];
  for (const { who, path } of attacked)
    for (const value of sampleOf(addresses, 4, path.length)) {
      const [place] = path.split('?', 1);
      const own = new URLSearchParams(path.slice(place!.length));
      for (const name of parameters) if (!own.has(name)) own.set(name, value);
      const { status, headers, text } = await ask(who, { path: `${place!}?${own.toString()}` });
      const leads = URL.parse(String(headers['location'] ?? '/'), hostile.url);
      const isAway = leads === null || (leads.origin !== hostile.url && leads.origin !== 'http://localhost');
      if (isAway || status >= 500)
        faults.push(`${who} ${path} ${value}: ${String(status)} ${String(headers['location'])}`);
      if (new RegExp(`(?:href|action|src)="(?:https?:|javascript:|[/\\\\][/\\\\])[^"]*evil`, 'i').test(text))
        faults.push(`${who} ${path} ${value} in a link`);
    }
  assert.deepEqual(faults, []);
});

/** Counts the effects so far: successful audit events, and messages to be sent. */
async function done(): Promise<number> {
  const [row] = await bed.sql<{ n: number }[]>`
    select (select count(*) from sso.audit_event where event !~ '(refused|limited)$')::int
         + (select count(*) from sso.message)::int as n`;
  return row!.n;
}

const bodyOf = ({ fields }: Form, changed: Record<string, string | undefined> = {}): string => {
  const body = new URLSearchParams();
  for (const [name, value] of fields) {
    const given = Object.hasOwn(changed, name) ? changed[name] : value;
    if (given !== undefined) body.append(name, given);
  }
  return body.toString();
};

describe('a form that is none of this browser', () => {
  const crossSite = { origin: `https://${evil}`, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' };

  it('does nothing, of every form', async () => {
    const faults: string[] = [];
    for (const form of forms) {
      const key = form.fields.find(([name]) => /^(?:csrf|xsrf)$/.test(name))?.[0];
      const others = forms.flatMap(({ who, fields }) =>
        who === form.who ? [] : fields.filter(([name]) => name === key).map(([, value]) => value),
      );
      const plausible = Object.fromEntries(form.names.map((name) => [name, plausibly(form, name)]));
      const keys = key === undefined ? [undefined] : [undefined, '', others[0] ?? 'x', 'A'.repeat(86)];
      for (const value of keys) {
        const before = await done();
        const changed = { ...plausible, ...(key !== undefined && { [key]: value }) };
        const { status } = await post(form.who, form.action, bodyOf(form, changed), crossSite);
        if (status >= 500 || (await done()) !== before)
          faults.push(`${form.who} ${form.page} -> ${form.action} ${String(key)}=${String(value)}: ${String(status)}`);
      }
    }
    assert.deepEqual(faults, []);
  });

  it('does nothing, at every route that takes one, with a body of any kind and with none', async () => {
    const faults: string[] = [];
    const bodies: [Record<string, string>, string | undefined][] = [
      [{ 'content-type': isForm }, 'step=allow&logout=yes&confirm=yes&reason=because+of+it'],
      [{ 'content-type': 'text/plain' }, 'a=b'],
      [{ 'content-type': 'application/json' }, '{}'],
      [{ 'content-type': 'multipart/form-data; boundary=x' }, '--x--'],
      [{ 'content-type': isForm }, ''],
      [{}, undefined],
    ];
    for (const [method, route] of routes) {
      // Programs send no cookies, and their requests are attacked in other tests.
      if (method !== 'POST' || /^\/(?:admin|developer|oauth\/(?:token|par|launch|register))/.test(route)) continue;
      for (const who of sampleOf(everybody, 2, route.length))
        for (const [headers, body] of sampleOf(bodies, 3, route.length, ([, of]) => of === undefined)) {
          const before = await done();
          const path = filled(route);
          const sent = { method, path, headers: { ...crossSite, ...headers }, ...(body !== undefined && { body }) };
          const { status } = await ask(who, sent);
          if (status >= 500 || (await done()) !== before)
            faults.push(`${who} ${path} ${JSON.stringify(headers)} ${String(body)}: ${String(status)}`);
        }
    }
    assert.deepEqual(faults, []);
  });
});

/** Something that the field may well take. */
function plausibly({ fields }: Form, name: string): string {
  const given = fields.find(([one]) => one === name)?.[1] ?? '';
  if (given !== '') return given;
  return name === 'reason' ? 'asked for by telephone, checked' : name === 'email' ? 'x@example.uz' : 'something';
}

const marker = `"'><img src=x onerror=alert(1)><!--`;
const texts = [
  marker,
  'a\0b',
  '\r\nSet-Cookie: stolen=1',
  'ʻ'.repeat(4000),
  `https://${evil}/`,
  '\u202e\u200b',
  '{{7*7}}${7*7}%{7*7}',
  '-1',
  '99999999999999999999',
];

/** Signs in again after a form signed the visitor out. */
async function standing(form: Form & { who: Who }): Promise<Form> {
  const heard = await ask(form.who, { path: form.page });
  if (heard.status === 200) return formAgain(form, heard) ?? form;
  wait(30_000);
  at = await hostile.visitors();
  const path = form.page.startsWith('/sign-in/') ? hostile.filled('/sign-in/:uid') : form.page;
  return formAgain(form, await ask(form.who, { path })) ?? form;
}

/** The same form as the page has it now. */
function formAgain(form: Form, heard: Heard): Form | undefined {
  const shape = (one: Form): string => one.fields.map(([name]) => name).join() + shapeOf(one.action);
  return formsOf(form.page, heard.text).find((one) => shape(one) === shape(form));
}

it('no value in any field of any form is a fault, or anything but text', async (t) => {
  const faults: string[] = [];
  let sent = 0;
  for (const form of forms) {
    const now = await standing(form);
    const plausible = Object.fromEntries(form.names.map((name) => [name, plausibly(now, name)]));
    const cases = form.names.flatMap((name) => texts.map((text) => ({ name, text })));
    for (const { name, text } of sampleOf(cases, 4, form.page.length, (one) => one.name)) {
      sent += 1;
      const {
        status,
        headers,
        text: page,
      } = await post(form.who, now.action, bodyOf(now, { ...plausible, [name]: text }));
      const place = `${form.who} ${form.page} ${name}=${JSON.stringify(text.slice(0, 40))}`;
      if (status >= 500) faults.push(`${place}: ${String(status)}`);
      const isShown = isHtml({ status, headers, text: page }) && page.includes('<img src=x');
      if (isShown || JSON.stringify(headers).includes('stolen=1;')) faults.push(`${place}: it is on the page`);
      const leads = URL.parse(String(headers['location'] ?? '/'), hostile.url);
      if (leads?.hostname === evil) faults.push(`${place}: leads there`);
    }
  }
  t.diagnostic(`${String(sent)} values`);
  assert.deepEqual(faults, []);
});
