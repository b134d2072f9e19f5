/** A setting that cannot work stops the start, with a sentence that says which and why. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { openHome, type Home } from './platform.ts';

let place: Home;
before(async () => {
  place = await openHome();
});
after(() => place.close());

const wrong: readonly [settings: Readonly<Record<string, string>>, sentence: RegExp][] = [
  [{ DHP_PORT: '80800' }, /DHP_PORT=80800 is not a port number from 1 to 65535\./],
  [{ DHP_SSO_PORT: 'ninety' }, /DHP_SSO_PORT=ninety is not a port number/],
  [{ DHP_SSO_URL: 'https://sso.example.uz/' }, /DHP_SSO_URL=https:\/\/sso\.example\.uz\/ must not end with a slash/],
  [{ DHP_PLAYGROUND_URL: 'fhir.example.uz' }, /DHP_PLAYGROUND_URL=fhir\.example\.uz is not an absolute URL/],
  [{ DHP_PRODUCTION: 'yes' }, /DHP_PRODUCTION=yes must be on or off\./],
  [{ DHP_DEFAULT_LANGUAGE: 'kk' }, /DHP_DEFAULT_LANGUAGE=kk must be one of uz, ru, en\./],
  [{ DHP_TIME_ZONE: 'Asia/Toshkent' }, /DHP_TIME_ZONE=Asia\/Toshkent is not a time zone/],
  [{ DHP_BODY_LIMIT: '64MB' }, /DHP_BODY_LIMIT=64MB is not a size/],
  [{ DATABASE_URL: 'mysql://root:geheim@localhost/dhp' }, /DATABASE_URL=… is not a PostgreSQL URL/],
  [{ DHP_SECRET_KEY: 'geheim' }, /DHP_SECRET_KEY=… is not 32 bytes in base64/],
  [{ DHP_PRODUKTION: 'on' }, /DHP_PRODUKTION is not a setting; did you mean DHP_PRODUCTION\?/],
];

for (const [settings, sentence] of wrong) {
  const shown = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
  test(`wrong: ${shown.join(' ')}`, async () => {
    const { code, stdout, stderr } = await place.run(['start', '--json'], settings);
    assert.equal(code, 1, stderr);
    assert.equal(stdout, '');
    assert.match(stderr, sentence);
    assert.doesNotMatch(stderr, /\n\s+at |geheim/, 'no stack, and no secret on the terminal');
  });
}

test('all wrong settings are told at once', async () => {
  const { stderr } = await place.run(['start', '--json'], { DHP_PORT: '0', DHP_LOG: 'loud' });
  assert.match(stderr, /DHP_PORT=0 is not a port number/);
  assert.match(stderr, /DHP_LOG=loud must be one of/);
});

test('a data directory that cannot be made', async () => {
  const file = join(dirname(place.data), 'file');
  await writeFile(file, '');
  const { code, stderr } = await place.run(['start', '--json'], { DHP_DATA: join(file, 'data') });
  assert.equal(code, 1, stderr);
  assert.match(stderr, /DHP_DATA=.* cannot be used as the data directory/);
});

test('a database that cannot be reached', async () => {
  const url = 'postgres://nobody:geheim@127.0.0.1:9/dhp';
  const { code, stdout, stderr } = await place.run(['start', '--json'], { DATABASE_URL: url });
  assert.equal(code, 1, stderr);
  assert.equal(stdout, '');
  assert.doesNotMatch(stderr, /geheim/);
  assert.match(stderr, /DATABASE_URL|127\.0\.0\.1:9|ECONNREFUSED/);
});

test('settings may stand in a file; the environment wins over it', async () => {
  const file = join(dirname(place.data), 'settings.env');
  await writeFile(file, 'DHP_LOG=loud\nDHP_TIME_ZONE=Mars/Olympus\n');
  const { stderr } = await place.run(['start', '--json'], { DHP_CONFIG: file, DHP_LOG: 'louder' });
  assert.match(stderr, /DHP_LOG=louder must be one of/);
  assert.match(stderr, /DHP_TIME_ZONE=Mars\/Olympus is not a time zone/);
});
