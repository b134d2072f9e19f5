/** oidcc-discovery-endpoint-verification, a module of the Config OP and the Dynamic OP plan. */
import assert from 'node:assert/strict';
import { issuer, type Plan } from './plan.ts';

export async function discoveryIsVerified({ url }: Plan): Promise<void> {
  const response = await fetch(`${url}/.well-known/openid-configuration`);
  assert.equal(response.status, 200);
  assert.match(response.headers.get('content-type') ?? '', /^application\/json/);
  const metadata = (await response.json()) as Record<string, unknown>;
  const list = (name: string): string[] => metadata[name] as string[];
  assert.equal(metadata['issuer'], issuer);
  assert.deepEqual(list('subject_types_supported'), ['public']);
  assert.ok(list('id_token_signing_alg_values_supported').includes('RS256'));
  assert.ok(list('scopes_supported').includes('openid'));
  for (const scope of list('scopes_supported')) assert.match(scope, /^[\x21\x23-\x5b\x5d-\x7e]+$/);
  for (const name of ['claims_supported', 'code_challenge_methods_supported', 'grant_types_supported']) {
    assert.ok(list(name).length > 0, name);
  }
  const endpoints = [
    'authorization_endpoint',
    'token_endpoint',
    'userinfo_endpoint',
    'registration_endpoint',
    'jwks_uri',
  ];
  for (const name of endpoints) assert.ok(metadata[name] !== undefined, name);
  for (const [name, value] of Object.entries(metadata)) {
    if (/_endpoint$|_uri$/.test(name)) assert.match(String(value), /^https:\/\//, name);
  }
  for (const locale of list('ui_locales_supported')) assert.equal(new Intl.Locale(locale).toString(), locale);
  // The suite also expects the implicit types (OpenID Connect Core 1.0 section 15.2), which RFC 9700 section 2.1.2 advises against.
  assert.deepEqual(list('response_types_supported'), ['code']);
  assert.equal(metadata['request_parameter_supported'], false);
  assert.equal(metadata['request_uri_parameter_supported'], false);
  assert.equal(metadata['claims_parameter_supported'], false);

  const { keys } = (await (await fetch(`${url}/oauth/jwks`)).json()) as { keys: Record<string, unknown>[] };
  assert.equal(new Set(keys.map(({ kid }) => kid)).size, keys.length);
  for (const key of keys) {
    assert.ok(typeof key['kid'] === 'string' && key['use'] === 'sig');
    for (const name of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']) assert.equal(key[name], undefined, name);
  }
}
