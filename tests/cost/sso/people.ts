/** Users of the SSO with a session in a browser without scripts. */
import { Browser, pkce, type Page } from '../../../apps/sso/test/browser.ts';
import { codeOf, secretOn } from '../../checklist/visits.ts';
import { unique } from '../requests.ts';
import type { Credentials, World } from '../shape.ts';
import { administer, application } from './requests.ts';

const chosen = 'a long and quiet password';

const browserAt = ({ sso }: Pick<World, 'sso'>): Browser => new Browser(sso.url, 'en', {}, sso.issuer);
const cookiesOf = ({ cookies }: Browser): string =>
  [...cookies].map(([name, { value }]) => `${name}=${value}`).join('; ');

/** An authorization request that is in order (RFC 6749 section 4.1.1), as the query of its address. */
export function authorization(client: Pick<Credentials, 'id'>, more: Readonly<Record<string, string>> = {}): string {
  const [redirectUri] = application.redirect_uris;
  return new URLSearchParams({
    ...{ response_type: 'code', client_id: client.id, redirect_uri: redirectUri!, scope: 'openid', ...pkce().query },
    ...more,
  }).toString();
}

/** Registers a user and signs in, up to the page that asks what the client may. @returns the cookies and the address of that page */
export async function atConsent(
  world: World,
  client: Credentials,
  scope: string,
): Promise<{ cookie: string; path: string }> {
  const { username, password } = await newUser(world);
  const browser = browserAt(world);
  const login = await browser.get(`/oauth/authorize?${authorization(client, { scope, prompt: 'consent' })}`);
  let page = await browser.submit(login, { username, password }, 'login');
  page = await browser.submit(page, { new: chosen }, 'own-password');
  if (!page.text.includes('value="allow"'))
    throw new Error(`no consent page: ${page.status} ${page.text.slice(0, 500)}`);
  return { cookie: cookiesOf(browser), path: page.address.slice(world.sso.issuer.length + 1) };
}

async function newUser(world: World): Promise<{ username: string; password: string }> {
  const username = `cost-${unique()}`;
  const password = `first ${chosen}`;
  await administer(world, 'users', {
    ...{ username, name: 'Cost Person', password },
    identities: [{ environment: 'playground', reference: `Practitioner/${username}` }],
  });
  return { username, password };
}

/**
 * Registers a user, makes it an administrator, and signs it in at the operators' pages with a second factor.
 * @returns the cookies of the session
 */
export async function signInOperator(
  world: Pick<World, 'ask' | 'sso' | 'operator'>,
  make: (username: string) => Promise<unknown>,
): Promise<string> {
  const { username, password } = await newUser(world as World);
  await make(username);
  const browser = browserAt(world);
  let page: Page = await browser.submit(await browser.get('/operate'), { username, password }, 'login');
  if (page.text.includes('name="new"')) page = await browser.submit(page, { new: chosen }, 'own-password');
  const kept = await browser.submit(page, { code: codeOf(secretOn(page), new Date()) }, 'enrol');
  const last = await browser.submit(kept, {}, 'recovery-kept');
  if (!last.address.endsWith('/operate'))
    throw new Error(`no session of an operator: ${last.status} ${last.text.slice(0, 500)}`);
  return cookiesOf(browser);
}
