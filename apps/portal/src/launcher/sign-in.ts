/**
 * A sign-in at the Single Sign-On as a test person of the playground: the test identity system is told the person, the patient is chosen if
 * the application requests one, and all requested scopes are allowed. It uses the same pages as a person.
 */
import type { Landed, WalkingBrowser } from './browser.ts';

export interface Asked {
  /** The authorization request. */
  readonly address: URL;
  readonly redirectUri: string;
  /** Identifies the person in the test identity system. */
  readonly as: string;
  /** Id of the Patient to choose if a page asks for one. */
  readonly patient: string;
}

/** The redirect back to the application, or the heading of a page that cannot be answered automatically. */
export type Walked = { readonly back: URL } | { readonly stoppedAt: string };

/** Pages and redirects of a sign-in, of which there are about ten. */
const mostHops = 25;

export async function signInAs(browser: WalkingBrowser, asked: Asked): Promise<Walked> {
  let url = asked.address;
  let form: URLSearchParams | undefined;
  let hasChosenSystem = false;
  for (let hop = 0; hop < mostHops; hop += 1) {
    const landed = await browser.go(url, form);
    form = undefined;
    if (landed.location !== undefined) {
      if (isWayBack(landed.location, asked.redirectUri)) return { back: landed.location };
      url = landed.location;
      // The page at which a visitor chooses a person has the same address, without the choice.
      if (url.searchParams.get('response_type') === 'one_code' && !url.searchParams.has('as'))
        url.searchParams.set('as', asked.as);
      continue;
    }
    const next = answerTo(landed, asked);
    if (next === 'identity-system' && !hasChosenSystem) {
      hasChosenSystem = true;
      url = new URL('?upstream=oneid', url);
    } else if (next instanceof URLSearchParams) form = next;
    else return { stoppedAt: headingOf(landed) };
  }
  return { stoppedAt: '' };
}

/** Whether an address is the redirect address of the application, with an answer. */
export function isWayBack(to: URL, redirectUri: string): boolean {
  const expected = URL.parse(redirectUri);
  return (
    expected !== null &&
    to.protocol === expected.protocol &&
    to.host === expected.host &&
    to.pathname === expected.pathname &&
    (to.searchParams.has('code') || to.searchParams.has('error'))
  );
}

/** The form that answers a page; undefined for a page with a question that needs a person. */
function answerTo({ status, html }: Landed, { patient }: Asked): URLSearchParams | 'identity-system' | undefined {
  if (status !== 200) return undefined;
  const [, csrf] = /name="csrf" value="([^"]*)"/.exec(html) ?? [];
  if (html.includes('href="?upstream=oneid"')) return 'identity-system';
  if (csrf === undefined) return undefined;
  if (html.includes('name="step" value="allow"')) {
    const scopes = [...html.matchAll(/name="scope" value="([^"]*)"/g)].map(([, scope = '']) => [
      'scope',
      unescaped(scope),
    ]);
    return new URLSearchParams([['csrf', csrf], ['boxes', 'yes'], ['step', 'allow'], ...scopes]);
  }
  const asksForPatient = html.includes('name="step" value="search"') && patient !== '';
  return asksForPatient ? new URLSearchParams({ csrf, step: 'choose', patient }) : undefined;
}

function headingOf({ html }: Landed): string {
  const [, heading = ''] = /<h1[^>]*>([^<]*)<\/h1>/.exec(html) ?? [];
  return unescaped(heading).slice(0, 200);
}

const entities: ReadonlyMap<string, string> = new Map(
  Object.entries<string>({ amp: '&', lt: '<', gt: '>', quot: '"' }),
);

const unescaped = (text: string): string =>
  text.replaceAll(/&(?:#(\d{1,6})|(amp|lt|gt|quot));/g, (_, code: string | undefined, name: string) =>
    code === undefined ? entities.get(name)! : String.fromCodePoint(Number(code)),
  );
