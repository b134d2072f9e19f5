/** Playground and production: two addresses, two databases, and a token of one is nothing at the other. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fhirAt, hasStatus } from './fhir.ts';
import { getToken, openHome, type Home, type Platform } from './platform.ts';

let place: Home;
let platform: Platform;
let tokens: { playground: string; production: string };

before(async () => {
  place = await openHome({ environment: { DHP_PRODUCTION: 'on' } });
  platform = await place.start();
  const token = async (environment: 'playground' | 'production'): Promise<string> =>
    getToken(platform.urls.sso, await place.createClient(environment));
  tokens = { playground: await token('playground'), production: await token('production') };
});
after(() => place.close());

const production = (): string => {
  assert.ok(platform.urls.production);
  return platform.urls.production;
};

test('production is at the root of its own address', async () => {
  assert.equal(new URL(production()).pathname, '/');
  assert.notEqual(new URL(production()).port, new URL(platform.urls.playground).port);
  assert.equal(
    hasStatus(await fhirAt(production())('GET', 'metadata'), 200).json()['resourceType'],
    'CapabilityStatement',
  );
  assert.equal((await fetch(`${production()}/readyz`)).status, 200);
});

test('a token of one environment is refused at the other', async () => {
  const tries: [string, string, number][] = [
    [platform.urls.playground, tokens.playground, 404],
    [production(), tokens.production, 404],
    [platform.urls.playground, tokens.production, 401],
    [production(), tokens.playground, 401],
  ];
  for (const [base, token, status] of tries) {
    const answer = hasStatus(await fhirAt(base, token)('GET', 'Patient/nobody'), status);
    if (status === 401) assert.match(answer.headers.get('www-authenticate') ?? '', /^Bearer .*error="invalid_token"/);
  }
});

test('what is written in one is not in the other', async () => {
  const [here, there] = [fhirAt(platform.urls.playground, tokens.playground), fhirAt(production(), tokens.production)];
  const patient = { resourceType: 'Patient', id: 'apart', gender: 'female' };
  hasStatus(await here('PUT', 'Patient/apart', patient), 201);
  hasStatus(await there('GET', 'Patient/apart'), 404);
  hasStatus(await there('PUT', 'Patient/apart', { ...patient, gender: 'male' }), 201);
  assert.equal((await here('GET', 'Patient/apart')).json()['gender'], 'female');
  assert.equal((await there('GET', 'Patient/apart')).json()['gender'], 'male');
});
