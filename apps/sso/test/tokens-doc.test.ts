/** docs/tokens.md: its facts are checked with real tokens, and its example with valid and invalid ones. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { openAccounts } from '@dhp/accounts';
import { publishAheadSeconds } from '@dhp/signing-keys';
import { freePort } from '../../../tests/processes.ts';
import { authorizeAddress, Browser, pkce, signIn } from './browser.ts';
import { decodeJwt, decodeProtectedHeader } from './jose.ts';
import { basic, newClient, playground, postForm, production, testBed } from './support.ts';

const text = await readFile(fileURLToPath(new URL('../../../docs/tokens.md', import.meta.url)), 'utf8');

// The example fetches the issuer's keys, so the issuer must listen at its address.
const port = await freePort();
const issuer = `http://127.0.0.1:${String(port)}`;
const bed = await testBed();
await bed.start({ issuer, port });

const redirectUri = 'https://rp.example.uz/cb';
const person = { username: 'aziza', password: 'correct horse battery' };
await openAccounts(bed.sql, { actor: 'cli:tester' }).create({
  ...person,
  name: 'Aziza Karimova',
  identities: [{ environment: 'playground', type: 'Patient', fhir_id: 'p-1' }],
});
const backend = await newClient(bed.clients, { organization: 'org-7' });
const ofProduction = await newClient(bed.clients, { environment: 'production' });
const web = await newClient(bed.clients, {
  grants: ['authorization_code'],
  scopes: ['openid', 'fhirUser', 'patient/*.rs', 'user/*.rs'],
  redirectUris: [redirectUri],
});

const systemToken = async (client = backend): Promise<string> =>
  (await postForm(`${issuer}/oauth/token`, client.form)).body['access_token'] as string;

async function personTokens(): Promise<{ access_token: string; id_token: string }> {
  const { verifier, query } = pkce();
  const asked = {
    client_id: web.id,
    response_type: 'code',
    redirect_uri: redirectUri,
    scope: 'openid fhirUser patient/*.rs',
  };
  const browser = new Browser(issuer, 'en', {}, issuer);
  const back = await signIn(browser, authorizeAddress({ ...asked, ...query }), person);
  const form = { grant_type: 'authorization_code', redirect_uri: redirectUri, code: back.searchParams.get('code')! };
  const got = await postForm(`${issuer}/oauth/token`, { ...form, code_verifier: verifier }, basic(web.id, web.secret));
  assert.equal(got.status, 200, got.text);
  return got.body as { access_token: string; id_token: string };
}

/** The rows of the table under a heading cell, split into cells. */
function rowsUnder(head: string): string[][] {
  const lines = text.split('\n');
  const from = lines.findIndex((line) => line.startsWith(`| ${head} `));
  assert.ok(from >= 0, head);
  const rows = lines.slice(
    from + 2,
    lines.findIndex((line, index) => index > from && !line.startsWith('|')),
  );
  return rows.map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

const namesIn = (cell: string): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name!);

describe('what tokens.md says of access tokens', () => {
  it('is so: the header', async () => {
    const documented = Object.fromEntries(rowsUnder('Member').map(([name, value]) => [namesIn(name!)[0]!, value!]));
    for (const token of [await systemToken(), (await personTokens()).access_token]) {
      const header = decodeProtectedHeader(token);
      assert.deepEqual(Object.keys(header).sort(), Object.keys(documented).sort());
      for (const name of ['alg', 'typ'] as const) assert.equal(`\`${String(header[name])}\``, documented[name]);
    }
  });

  it('is so: the claims, each in its table, those of all in all', async () => {
    const rows = rowsUnder('Claim').map(([names, where]) => ({ names: namesIn(names!), where }));
    const documented = rows.flatMap(({ names }) => names);
    const always = rows.filter(({ where }) => where === 'all').flatMap(({ names }) => names);
    const ofPeople = rows.filter(({ where }) => where === 'person').flatMap(({ names }) => names);
    assert.ok(always.length > 5 && ofPeople.length > 0);
    const [system, people] = [decodeJwt(await systemToken()), decodeJwt((await personTokens()).access_token)];
    for (const claims of [system, people]) {
      for (const name of Object.keys(claims)) assert.ok(documented.includes(name), `${name} is not in the table`);
      for (const name of always) assert.ok(name in claims, name);
      assert.deepEqual([claims.iss, claims.aud], [issuer, playground]);
      assert.equal(claims.exp! - claims.iat!, 3600);
    }
    for (const name of ofPeople) assert.deepEqual([name in system, name in people], [false, true], name);
    assert.deepEqual([system.sub, system['client_id']], [backend.id, backend.id]);
    assert.deepEqual([system['organization'], people['organization']], ['Organization/org-7', undefined]);
    assert.deepEqual([people['patient'], people['fhirUser']], ['p-1', `${playground}/Patient/p-1`]);
  });

  it('is so: the id_token, and the keys', async () => {
    const { id_token: idToken } = await personTokens();
    const { alg, typ } = decodeProtectedHeader(idToken);
    assert.equal(typ, undefined);
    assert.ok(text.includes(`signed by ${alg!} with a key of the same key set and has no \`typ\``));
    const { headers } = await fetch(`${issuer}/oauth/jwks`);
    assert.match(headers.get('cache-control') ?? '', /max-age=300/);
    assert.ok(text.includes('`Cache-Control: max-age=300`'));
    assert.ok(text.includes(`published ${String(publishAheadSeconds / 60)} minutes before it is used`));
  });
});

describe('the example of tokens.md', async () => {
  const [, code = ''] = /```js\n([\s\S]*?)```/.exec(text) ?? [];
  const folder = await mkdtemp(join(tmpdir(), 'dhp-tokens-'));
  after(() => rm(folder, { recursive: true }));
  const file = join(folder, 'check.mjs');
  await writeFile(file, code.replace("from 'jose'", `from '${import.meta.resolve('jose')}'`));
  Object.assign(process.env, { SSO: issuer, FHIR_BASE: playground });
  const { check } = (await import(pathToFileURL(file).href)) as { check: (token: string) => Promise<{ sub: string }> };

  it('takes tokens of the platform', async () => {
    assert.equal((await check(await systemToken())).sub, backend.id);
    const { access_token: token } = await personTokens();
    assert.equal((await check(token)).sub, decodeJwt(token).sub);
  });

  it('refuses what is none: an id_token, another environment, a changed one, a forged one', async () => {
    await assert.rejects(check((await personTokens()).id_token));
    const foreign = await systemToken(ofProduction);
    assert.equal(decodeJwt(foreign).aud, production);
    await assert.rejects(check(foreign), /aud/);
    const token = await systemToken();
    const [header, , signature] = token.split('.');
    const more = Buffer.from(JSON.stringify({ ...decodeJwt(token), scope: 'system/*.cruds' })).toString('base64url');
    await assert.rejects(check(`${header!}.${more}x.${signature!}`));
    const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
    const { kid } = decodeProtectedHeader(token);
    const forged = new SignJWT(decodeJwt(token)).setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: kid! });
    await assert.rejects(check(await forged.sign(privateKey)), /signature/);
    const own = { alg: 'ES256', typ: 'at+jwt', jwk: await exportJWK(publicKey) };
    await assert.rejects(check(await new SignJWT(decodeJwt(token)).setProtectedHeader(own).sign(privateKey)));
  });
});
