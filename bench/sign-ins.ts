/** Measures the experience of users: signing in with a password, and the time until the pages are shown, also over a poor line. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Progress } from '../apps/dhp/src/progress.ts';
import { authorizeAddress, Browser, pkce, signIn } from '../apps/sso/test/browser.ts';
import { launchBrowser, withoutBrowser } from '../tests/browser.ts';
import { makePerson } from '../tests/people.ts';
import { cpuTime } from './cpu.ts';
import { median } from './results.ts';
import type { Subject } from './subject.ts';

export interface PeopleMeasured {
  readonly name: string;
  readonly unit: '/CPU-s' | 'ms' | 's' | 'kB';
  /** Absent: it has no bar. */
  readonly bar?: number;
  /** One of each round. */
  readonly values: (number | undefined)[];
}

/**
 * A native application on a loopback address needs consent each time, since any program may listen there (RFC 8252 section 8.6); a web
 * application with its own address is recognised.
 */
const redirectUris = { native: 'http://127.0.0.1/cb', web: 'https://bench.example.uz/cb' };
const password = 'a long and quiet password';
/** All of them sign in repeatedly, concurrently. */
const names = ['anvar', 'bahor', 'dilshod', 'gulnora'];
const signInLines = {
  web: 'sign-ins with a password, from the application and back',
  native: 'sign-ins with a password and the question what the application may',
};
/** Milliseconds: the first sixty sign-ins of a server cost half as much again as later ones. */
const warmUp = 3_000;
const pageLines = { 'sign-in': 'sign-in page, p50', consent: 'consent page, p50', account: 'account page, p50' };
const bytesLine = 'first visit to the sign-in page, bytes sent';
const visitLine = 'first visit to the sign-in page, 1.6 Mbit/s and 150 ms';

/** A place for each line of the report, in its order. */
export function peopleLines(): PeopleMeasured[] {
  return [
    ...Object.values(signInLines).map((name) => ({ name, unit: '/CPU-s' as const, bar: 60, values: [] })),
    ...Object.values(pageLines).map((name) => ({ name, unit: 'ms' as const, bar: 10, values: [] })),
    { name: bytesLine, unit: 'kB', bar: 100, values: [] },
    { name: visitLine, unit: 's', bar: 1, values: [] },
  ];
}

/** Creates people and an application, and measures every line in each round. */
export async function measurePeople(
  subject: Subject,
  { rounds, seconds }: { readonly rounds: number; readonly seconds: number },
  progress: Progress,
): Promise<PeopleMeasured[]> {
  const { home } = subject;
  for (const name of names) {
    const words = ['--name', 'Bench Person', '--practitioner', `bench-${name}`];
    await makePerson(home, subject.platform.urls.sso, { username: name, password }, words);
  }
  const places = {
    web: await placeOf(subject, 'web', redirectUris.web),
    native: await placeOf(subject, 'native', redirectUris.native),
  };
  const place = places.native;
  const lines = peopleLines();
  const note = (name: string, value: number | undefined): void => {
    lines.find((line) => line.name === name)!.values.push(value);
  };
  const step = progress.step('measuring people');
  for (let round = 0; round < rounds; round += 1) {
    step.update(round, rounds);
    for (const kind of ['web', 'native'] as const) {
      note(signInLines[kind], await signInsPerCpuSecond(places[kind], subject, seconds));
    }
    for (const [page, milliseconds] of Object.entries(await pageTimes(place, seconds))) {
      note(pageLines[page as keyof typeof pageLines], milliseconds);
    }
    const visit = withoutBrowser === false ? await firstVisit(place) : undefined;
    note(bytesLine, visit && visit.bytes / 1000);
    note(visitLine, visit?.seconds);
  }
  step.done(`${lines.length} lines`);
  return lines;
}

interface Place {
  readonly sso: string;
  readonly clientId: string;
  readonly redirectUri: string;
}

async function placeOf({ home, platform }: Subject, name: string, redirectUri: string): Promise<Place> {
  const { client_id: clientId } = await home.json<{ client_id: string }>([
    ...['client', 'create', '--name', `Bench ${name}`, '--public', '--grant', 'authorization_code'],
    ...['--redirect-uri', redirectUri, '--scope', 'openid user/*.rs'],
  ]);
  return { sso: platform.urls.sso, clientId, redirectUri };
}

function addressFor({ clientId, redirectUri }: Place, more: Record<string, string> = {}): string {
  const asked = { client_id: clientId, response_type: 'code', redirect_uri: redirectUri, scope: 'openid user/*.rs' };
  return authorizeAddress({ ...asked, ...pkce().query, ...more });
}

const browserAt = ({ sso }: Place): Browser => new Browser(sso, 'en', {}, sso);

/**
 * CPU of the server and of PostgreSQL. Each sign-in is complete, in a separate browser: request, page, password, code, and consent if that
 * is required each time. If consent is required once, it was given during the warm-up.
 */
async function signInsPerCpuSecond(place: Place, { watched }: Subject, seconds: number): Promise<number | undefined> {
  const until = { end: Date.now() + warmUp + seconds * 1000 };
  let count = 0;
  const person = async (username: string): Promise<void> => {
    while (Date.now() < until.end) {
      const back = await signIn(browserAt(place), addressFor(place), { username, password });
      if (!back.searchParams.has('code')) throw new Error(`no code: ${back.href}`);
      count += 1;
    }
  };
  const people = Promise.all(names.map(person));
  await Promise.race([delay(warmUp), people]);
  const [before, counted] = [await cpuTime(watched), count];
  await people;
  const after = await cpuTime(watched);
  if (before === undefined || after === undefined) return undefined;
  const used = (after.server ?? 0) - (before.server ?? 0) + (after.postgres ?? 0) - (before.postgres ?? 0);
  return (count - counted) / used;
}

/** In milliseconds, from the request to the last byte, one after the other on this machine. */
async function pageTimes(place: Place, seconds: number): Promise<Record<keyof typeof pageLines, number | undefined>> {
  const [signedOut, signedIn] = [browserAt(place), browserAt(place)];
  await signIn(signedIn, addressFor(place), { username: names[0]!, password });
  const login = await signedOut.get(addressFor(place));
  const consent = await signedIn.get(addressFor(place, { prompt: 'consent' }));
  await signedIn.get('/account');
  const pages = {
    'sign-in': () => signedOut.get(login.address),
    consent: () => signedIn.get(consent.address),
    account: () => signedIn.get('/account'),
  };
  const times: Record<string, number[]> = { 'sign-in': [], consent: [], account: [] };
  const end = Date.now() + seconds * 1000;
  while (Date.now() < end) {
    for (const [name, get] of Object.entries(pages)) {
      const begun = performance.now();
      const { status, text } = await get();
      if (status !== 200 || !text.includes('</html>')) throw new Error(`no ${name} page: ${status}`);
      times[name]!.push(performance.now() - begun);
    }
  }
  return {
    'sign-in': median(times['sign-in']!),
    consent: median(times['consent']!),
    account: median(times['account']!),
  };
}

/** 1.6 Mbit/s down, half of that up, and 150 ms for each round trip. */
const poorLine = { offline: false, latency: 150, downloadThroughput: 200_000, uploadThroughput: 100_000 };

/** In Chromium with an empty cache, from the authorization request until the page is shown. */
async function firstVisit(place: Place): Promise<{ bytes: number; seconds: number }> {
  const browser = await launchBrowser();
  try {
    const page = await (await browser.newContext({ locale: 'uz' })).newPage();
    await page.goto('about:blank');
    const session = await page.context().newCDPSession(page);
    await session.send('Network.enable');
    await session.send('Network.emulateNetworkConditions', poorLine);
    let bytes = 0;
    session.on('Network.loadingFinished', ({ encodedDataLength }) => void (bytes += encodedDataLength));
    session.on('Network.requestWillBeSent', ({ redirectResponse }) => {
      bytes += redirectResponse?.encodedDataLength ?? 0;
    });
    const begun = performance.now();
    await page.goto(place.sso + addressFor(place), { waitUntil: 'load' });
    const seconds = (performance.now() - begun) / 1000;
    await page.waitForSelector('#password');
    return { bytes, seconds };
  } finally {
    await browser.close();
  }
}
