/** People who sign in for the benchmark, as with a browser: their codes and tokens. */
import { Browser, authorizeAddress, pkce, signIn } from '../apps/sso/test/browser.ts';
import { makePerson } from '../tests/people.ts';
import type { Home } from '../tests/platform.ts';

/** A person with a session, at one application. */
export interface SignedInPerson {
  readonly clientId: string;
  /** The requested number of token requests, each with a separate code that is valid for a minute; fewer if that takes too long. */
  exchanges(count: number): Promise<string[]>;
  /** Responses of the token endpoint for these people. */
  tokens(count: number): Promise<Tokens[]>;
}

interface Tokens {
  access_token: string;
  refresh_token: string;
}

const redirectUri = 'http://localhost:4/cb';
const password = 'a password of the benchmark';
/**
 * Without a patient in context, which is selected per authorization: each code then takes one request. With `openid` each answer has an
 * id_token, whose RSA signature alone takes nearly a millisecond of CPU.
 */
const scopes = { plain: 'online_access patient/*.rs', withIdToken: 'openid fhirUser online_access patient/*.rs' };
const windows = 8;
/** Milliseconds in which codes are made: the first must still be good when the last is used. */
const longest = 30_000;

/**
 * Registers a public application and a person who is a Patient, and signs the person in; the scope determines the content of the answers.
 */
export async function signInPatient(
  home: Home,
  sso: string,
  patient: string,
  kind: keyof typeof scopes = 'plain',
): Promise<SignedInPerson> {
  const scope = scopes[kind];
  const username = `bench-${kind.toLowerCase()}`;
  const { client_id: clientId } = await home.json<{ client_id: string }>([
    ...['client', 'create', '--name', 'Cabinet', '--public', '--scope', scope],
    ...['--grant', 'authorization_code refresh_token', '--redirect-uri', redirectUri],
  ]);
  await makePerson(home, sso, { username, password }, ['--name', 'Bench', '--patient', patient]);

  const exchange = async (browser: Browser): Promise<string> => {
    const { verifier, query } = pkce();
    const asked = { response_type: 'code', client_id: clientId, redirect_uri: redirectUri, scope, ...query };
    const back = await signIn(browser, authorizeAddress(asked), { username, password });
    const given = back.searchParams.get('code');
    if (given === null) throw new Error(`no code: ${back.href}`);
    return new URLSearchParams({
      ...{ grant_type: 'authorization_code', client_id: clientId, redirect_uri: redirectUri },
      ...{ code: given, code_verifier: verifier },
    }).toString();
  };
  // Each performs its requests in sequence, like a browser window.
  const browsers = Array.from({ length: windows }, () => new Browser(sso, 'en', {}, sso));
  for (const browser of browsers) await exchange(browser); // signs in and consents
  const exchanges = async (count: number): Promise<string[]> => {
    const numbers = Array.from({ length: count }, (_, number) => number).values();
    const end = performance.now() + longest;
    const made: string[] = [];
    const worker = async (browser: Browser): Promise<void> => {
      for (const _ of numbers) if (performance.now() < end) made.push(await exchange(browser));
    };
    await Promise.all(browsers.map(worker));
    return made;
  };

  return {
    clientId,
    exchanges,
    async tokens(count) {
      const headers = { 'content-type': 'application/x-www-form-urlencoded' };
      const made: Tokens[] = [];
      for (const body of await exchanges(count)) {
        const response = await fetch(`${sso}/oauth/token`, { method: 'POST', headers, body });
        made.push((await response.json()) as Tokens);
      }
      return made;
    },
  };
}
