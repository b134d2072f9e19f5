/** The clients of the checklist, under the names that its rows use. */
import type { Clients, NewClient } from '@dhp/clients';

export interface Fixture {
  id: string;
  /** '' for a public client. */
  secret: string;
  /** The first one; '' without. */
  redirectUri: string;
  /** A whole client_credentials request. */
  form: { grant_type: 'client_credentials'; client_id: string; client_secret: string };
}

const person = ['authorization_code', 'refresh_token'];

const definitions = {
  CC: { name: 'Backend of the playground' },
  CCB: { name: 'Backend that uses Basic', clientId: 'basic.backend~1' },
  CCP: { name: 'Backend of production', environment: 'production' },
  OBS: { name: 'Reads patients only', scopes: ['system/Patient.rs'] },
  WEB: {
    name: 'Clinic',
    grants: person,
    scopes: ['user/*.cruds', 'openid', 'fhirUser', 'offline_access'],
    redirectUris: ['https://clinic.uz/cb'],
    minimalAuthorize: true,
  },
  WEB2: {
    name: 'Clinic without the flag',
    grants: person,
    scopes: ['user/*.cruds', 'openid', 'fhirUser', 'offline_access'],
    redirectUris: ['https://clinic2.uz/cb', 'https://clinic2.uz/other'],
  },
  SPA: {
    name: 'Browser application',
    grants: person,
    scopes: [
      ...['patient/*.rs', 'user/*.cruds', 'launch/patient', 'openid', 'profile', 'fhirUser'],
      ...['offline_access', 'online_access'],
    ],
    redirectUris: ['https://app.uz/cb', 'https://app.uz/other'],
    public: true,
    postLogoutRedirectUris: ['https://app.uz/bye', 'https://app.uz/bye?from=dhp'],
  },
  NAT: {
    name: 'Native application',
    grants: person,
    scopes: ['patient/*.rs', 'user/*.rs', 'openid'],
    redirectUris: ['http://127.0.0.1/cb', 'uz.app:/cb'],
    public: true,
  },
  DP: { name: 'Bound to its key', dpopBound: true },
  TV: {
    name: 'TV in the hall',
    grants: ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'],
    scopes: ['openid', 'offline_access', 'user/*.rs'],
    public: true,
  },
  RS: { name: 'Resource server', scopes: ['system/*.rs'] },
  RSP: { name: 'Resource server of production', scopes: ['system/*.rs'], environment: 'production' },
  OFF: {
    name: 'Disabled',
    grants: ['client_credentials', 'authorization_code'],
    scopes: ['system/*.rs', 'openid'],
    redirectUris: ['https://off.uz/cb'],
  },
} satisfies Record<string, Partial<NewClient> & { name: string }>;

export type Fixtures = Record<keyof typeof definitions | 'JW1' | 'JWU' | 'TOLD' | 'TOLD2', Fixture>;

/** @param o the public keys of JW1, and where JWU publishes its own */
export async function makeClients(clients: Clients, o: { keys: unknown[]; stranger: string }): Promise<Fixtures> {
  const made: Record<string, Fixture> = {};
  for (const [name, definition] of Object.entries(definitions)) {
    made[name] = await makeClient(clients, definition);
  }
  const signer: Partial<NewClient> = { scopes: ['system/*.rs'], environment: 'production' };
  made['JW1'] = await makeClient(clients, { ...signer, name: 'Signs', jwks: { keys: o.keys } });
  made['JWU'] = await makeClient(clients, { ...signer, name: 'Publishes its keys', jwksUri: `${o.stranger}/jwks` });
  for (const name of ['TOLD', 'TOLD2']) {
    made[name] = await makeClient(clients, {
      name: 'Is told of sign-outs',
      grants: person,
      scopes: ['openid', 'user/*.rs', 'offline_access', 'online_access'],
      redirectUris: ['https://told.uz/cb'],
      public: true,
      backchannelLogoutUri: `${o.stranger}/${name}`,
    });
  }
  await clients.disable(made['OFF']!.id, { reason: 'a row of the checklist' });
  return made as Fixtures;
}

/** A backend of the playground, but for what is given. */
export async function makeClient(clients: Clients, given: Partial<NewClient>): Promise<Fixture> {
  const { client, secret = '' } = await clients.create({
    name: 'Made for a row',
    grants: ['client_credentials'],
    scopes: ['system/*.cruds'],
    environment: 'playground',
    ...given,
  });
  return {
    id: client.clientId,
    secret,
    redirectUri: client.redirectUris[0] ?? '',
    form: { grant_type: 'client_credentials', client_id: client.clientId, client_secret: secret },
  };
}
