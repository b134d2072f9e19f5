/** Claims that a caller behind a reverse proxy can and cannot make: its address, the host, the id of its request. */
import assert from 'node:assert/strict';
import { request as send } from 'node:http';
import { after, before, test } from 'node:test';
import { openHome, type Home, type Platform } from './platform.ts';

const limit = 8;
let place: Home;
let platform: Platform;
before(async () => {
  place = await openHome({
    begins: 'migrated',
    programs: 'kept',
    environment: {
      DHP_TRUST_PROXY: '1',
      DHP_SSO_ADDRESS_RATE: String(limit),
      DHP_FHIR_ADDRESS_RATE: String(limit),
      DHP_LOG: 'info',
    },
  });
  platform = await place.start();
});
after(() => place.close());

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** With Node's client, since fetch does not allow to set Host. */
function get(url: string, headers: Readonly<Record<string, string>>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { promise: text, resolve: read } = Promise.withResolvers<string>();
    const request = send(url.replace('localhost', '127.0.0.1'), { headers }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (part: string) => (body += part));
      response.once('end', () => read(body));
      void text.then((all) => resolve({ status: response.statusCode ?? 0, headers: response.headers, text: all }));
    });
    request.once('error', reject).end();
  });
}

/** A single proxy appends the address it sees to the one that the caller sent. */
const through = (forged: string, seen: string): Record<string, string> => ({ 'x-forwarded-for': `${forged}, ${seen}` });

for (const [server, address] of [
  ['SSO', (): string => `${platform.urls.sso}/nothing`],
  ['FHIR server', (): string => `${platform.urls.playground}/Patient/nobody`],
] as const) {
  test(`DHP_TRUST_PROXY=1: a forged X-Forwarded-For does not change the address that limits of the ${server} count`, async () => {
    const statuses: number[] = [];
    for (let turn = 0; turn < limit + 3; turn += 1) {
      const forged = turn % 2 === 0 ? `203.0.113.${String(turn)}` : `203.0.113.${String(turn)}, 127.0.0.1`;
      statuses.push((await get(address(), through(forged, '198.51.100.1'))).status);
    }
    assert.equal(statuses.at(-1), 429, statuses.join(' '));
    assert.notEqual(statuses[0], 429);
    assert.notEqual((await get(address(), through('198.51.100.1', '198.51.100.2'))).status, 429, 'others are answered');
  });
}

test('no header of the caller changes the addresses in answers', async () => {
  const lies = {
    host: 'evil.example',
    'x-forwarded-host': 'evil.example',
    'x-forwarded-proto': 'gopher',
    'x-forwarded-port': '7',
    forwarded: 'for=203.0.113.9;host=evil.example;proto=gopher',
    'x-original-url': '/evil',
  };
  const { sso, playground, portal } = platform.urls;
  for (const [turn, url] of [
    `${sso}/.well-known/openid-configuration`,
    `${sso}/`,
    `${sso}/account`,
    `${sso}/oauth/authorize?client_id=demo`,
    `${playground}/metadata`,
    `${playground}/.well-known/smart-configuration`,
    `${playground}/Patient`,
    `${portal}/`,
  ].entries()) {
    const told = await get(url, { ...lies, ...through('203.0.113.9', `198.51.100.${String(10 + turn)}`) });
    assert.notEqual(told.status, 429, url);
    assert.doesNotMatch(`${JSON.stringify(told.headers)}${told.text}`, /evil\.example|gopher/, url);
  }
});

test('a request is named in answers and logs by what is a plain name only', async () => {
  const { sso, playground } = platform.urls;
  for (const url of [`${sso}/nothing`, `${playground}/Patient/nobody`]) {
    for (const id of ['a b', '"},{"level":50', '\u00e9\u00a0x', 'x'.repeat(500)]) {
      const told = await get(url, { 'x-request-id': id, ...through('1.2.3.4', '198.51.100.40') });
      assert.match(String(told.headers['x-request-id']), /^[0-9a-f-]{36}$/, id);
    }
  }
  for (const line of platform
    .said()
    .split('\n')
    .filter((one) => one.startsWith('{')))
    JSON.parse(line);
});

test('DHP_TRUST_PROXY=on is warned of, and clearly in production; a number is not', async () => {
  assert.doesNotMatch(platform.said(), /DHP_TRUST_PROXY/);
  // The start fails at the database, after its messages about the settings.
  const nowhere = { DATABASE_URL: 'postgres://127.0.0.1:9/dhp', DHP_TRUST_PROXY: 'on', DHP_SSO_PORT: '', DHP_PORT: '' };
  for (const [environment, sentence] of [
    [{}, /^Warning: DHP_TRUST_PROXY=on believes the first address in X-Forwarded-For/m],
    [{ DHP_PRODUCTION: 'on' }, /^Warning: DHP_TRUST_PROXY=on .* Production is served, so change this now\./m],
  ] as const) {
    const { stderr } = await place.run(['start', '--json'], { ...nowhere, ...environment });
    assert.match(stderr, sentence);
  }
});

test('without DHP_TRUST_PROXY no header of the caller changes the address that is limited and recorded', async (t) => {
  const direct = await openHome({
    begins: 'migrated',
    programs: 'kept',
    environment: { DHP_SSO_ADDRESS_RATE: String(limit), DHP_FHIR_ADDRESS_RATE: String(limit) },
  });
  t.after(() => direct.close());
  const { urls } = await direct.start();
  const forged = (turn: number): Record<string, string> => {
    const address = `203.0.113.${String(turn)}`;
    const single = ['x-forwarded-for', 'x-real-ip', 'x-client-ip', 'true-client-ip', 'cf-connecting-ip'];
    return {
      ...Object.fromEntries(single.map((name) => [name, address])),
      'x-forwarded-for': turn % 2 === 0 ? address : `${address}, 127.0.0.1`,
      forwarded: `for=${address}`,
      via: `1.1 ${address}`,
    };
  };
  // Each is refused and recorded, with the address.
  const wrong = `Basic ${Buffer.from('nobody:wrong').toString('base64')}`;
  for (let turn = 0; turn < 3; turn += 1)
    await fetch(`${urls.sso}/oauth/token`, {
      method: 'POST',
      headers: { ...forged(turn), authorization: wrong },
      body: new URLSearchParams({ grant_type: 'client_credentials' }),
    });
  const { origin } = new URL(urls.portal);
  assert.equal(new URL(urls.playground).origin, origin, 'the port of the portal is the one of the playground');
  for (const url of [`${urls.sso}/nothing`, `${urls.playground}/Patient/nobody`]) {
    const statuses: number[] = [];
    for (let turn = 0; turn < limit + 3; turn += 1) {
      // In between, a page is requested through the portal, whose connections all callers share.
      await get(`${origin}/`, forged(100 + turn));
      statuses.push((await get(url, forged(turn))).status);
    }
    assert.equal(statuses.at(-1), 429, `${url}: ${statuses.join(' ')}`);
  }
  // Refusals are recorded a moment after their answers.
  let exported = await direct.run(['audit', 'export']);
  for (const end = performance.now() + 30_000; refusalsIn(exported).length <= 3 && performance.now() < end;)
    exported = await direct.run(['audit', 'export']);
  assert.equal(exported.code, 0, exported.stderr);
  const refusals = refusalsIn(exported);
  assert.ok(refusals.length > 3, exported.stdout);
  for (const line of refusals) assert.match(line, /"networkString":"(127\.0\.0\.1|::1)"/);
  assert.doesNotMatch(exported.stdout, /203\.0\.113\./);
});

const refusalsIn = ({ stdout }: { readonly stdout: string }): string[] =>
  stdout.split('\n').filter((line) => /token\.refused|request\.limited/.test(line));
