/** Common setup of the tests of dynamic registration: a server, registration tokens, and a publisher of keys. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after } from 'node:test';
import { exportJWK, generateKeyPair } from 'jose';
import { openRegistrationTokens, type RegistrationToken } from '@dhp/clients/registration';
import { answer, issuer, postForm, testBed, type Answer, type TestBed } from './support.ts';

export const limit = 'openid fhirUser launch launch/patient patient/*.rs offline_access system/Patient.rs'.split(' ');
export const app = {
  client_name: 'Growth chart',
  redirect_uris: ['https://growth.example.uz/cb'],
  token_endpoint_auth_method: 'none',
  grant_types: ['authorization_code', 'refresh_token'],
  scope: 'openid launch/patient patient/*.rs offline_access',
};
export const backend = {
  client_name: 'Laboratory',
  grant_types: ['client_credentials'],
  scope: 'system/Patient.rs',
};

/**
 * Returns the request of a client that changes its registration: the response that it received, without the members that only the server
 * sets.
 */
export function asRequest(told: Record<string, unknown>): Record<string, unknown> {
  const said = [
    'registration_access_token',
    'registration_client_uri',
    'client_secret_expires_at',
    'client_id_issued_at',
  ];
  return Object.fromEntries(Object.entries(told).filter(([name]) => !said.includes(name)));
}

type Tokens = ReturnType<typeof openRegistrationTokens>;
interface Made {
  registrationToken: RegistrationToken;
  secret: string;
}

export interface RegistrationBed {
  bed: TestBed;
  url: string;
  /** Publishes `keyPair` as `/jwks`, and a page that is not a key set. */
  host: string;
  keyPair: Awaited<ReturnType<typeof generateKeyPair>>;
  published: { keys: object[] };
  /** Moves the server's clock ahead from now on. */
  ahead: (milliseconds: number) => void;
  tokens: Tokens;
  token: (o?: Partial<Parameters<Tokens['create']>[0]>) => Promise<Made>;
  /** Tokens for the playground and for production. */
  usual: Made;
  ofProduction: Made;
  call: (method: string, path: string, bearer: string | undefined, body?: unknown) => Promise<Answer>;
  register: (metadata: unknown, by?: string) => Promise<Answer>;
  registered: (metadata: object, by?: string) => Promise<Record<string, string>>;
  /** A token by client_credentials. */
  grant: (told: Record<string, string>) => Promise<Answer>;
  audited: (event: string) => Promise<{ actor: string; reason: string; client_id: string; address: string }[]>;
}

/** Call it at the top level of the file. */
export async function registrationBed(): Promise<RegistrationBed> {
  const bed = await testBed();
  const keyPair = await generateKeyPair('ES384', { extractable: true });
  const published = { keys: [{ ...(await exportJWK(keyPair.publicKey)), kid: 'k1' }] };
  /** Server on which a client publishes its keys. */
  const publisher = createServer((request, response) => {
    const bodies: Record<string, string> = { '/jwks': JSON.stringify(published), '/page': '<html>' };
    const body = bodies[request.url ?? ''];
    response.writeHead(body === undefined ? 404 : 200).end(body);
  });
  await new Promise<void>((listening) => publisher.listen(0, '127.0.0.1', listening));
  after(() => publisher.close());
  const host = `127.0.0.1:${String((publisher.address() as AddressInfo).port)}`;
  let lead = 0;
  const clock = (): Date => new Date(Date.now() + lead);
  const { url } = await bed.start({
    allowedHosts: [host],
    clock,
    resourceTypes: ['Patient', 'Observation'],
    limits: { perClient: 100_000, perAddress: 100_000 },
  });

  const tokens = openRegistrationTokens(bed.sql, { actor: 'cli:tester' });

  async function token(
    o: Partial<Parameters<typeof tokens.create>[0]> = {},
  ): Promise<{ registrationToken: RegistrationToken; secret: string }> {
    return tokens.create({ name: 'Software house', environment: 'playground', scopes: limit, maxUses: 100, ...o });
  }
  const usual = await token();
  const ofProduction = await token({ environment: 'production' });

  async function call(method: string, path: string, bearer: string | undefined, body?: unknown): Promise<Answer> {
    return answer(
      await fetch(path.startsWith(issuer) ? url + path.slice(issuer.length) : url + path, {
        method,
        headers: {
          ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      }),
    );
  }
  const register = (metadata: unknown, by = usual.secret): Promise<Answer> =>
    call('POST', '/oauth/register', by, metadata);

  async function registered(metadata: object, by = usual.secret): Promise<Record<string, string>> {
    const got = await register(metadata, by);
    assert.equal(got.status, 201, got.text);
    return got.body as Record<string, string>;
  }

  const grant = ({ client_id: id = '', client_secret: secret = '' }: Record<string, string>): Promise<Answer> =>
    postForm(`${url}/oauth/token`, { grant_type: 'client_credentials', client_id: id, client_secret: secret });

  async function audited(
    event: string,
  ): Promise<{ actor: string; reason: string; client_id: string; address: string }[]> {
    return bed.sql`select actor, reason, client_id, host(address) as address from sso.audit_event where event = ${event} order by id`;
  }

  const ahead = (milliseconds: number): void => {
    lead = milliseconds;
  };
  return {
    ...{ bed, url, host, keyPair, published, ahead, tokens, token, usual, ofProduction },
    ...{ call, register, registered, grant, audited },
  };
}
