/** The platform that clients of others are tried against: its clients, a person, and a door by which that person signs in for them. */
import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { demoPractitionerId } from '@dhp/synthetic-population';
import { makePerson } from '../../people.ts';
import { freePort } from '../../processes.ts';
import { openHome, type Home } from '../../platform.ts';
import { signInAt, visit } from './person.ts';

/** As a program with a client in it is told, in JSON, by DHP_GROUND. */
export interface Ground {
  readonly issuer: string;
  readonly fhir: string;
  /** `POST /sign-in` with an authorization request as its body answers where the browser is sent; `POST /visit`, what is at the end. */
  readonly door: string;
  /** Where applications listen that have a server of their own. */
  readonly app: string;
  readonly redirectUri: string;
  readonly backend: Credentials;
  readonly web: Credentials;
  /** In a browser or on a phone. */
  readonly mobile: { readonly client_id: string };
  /** Signs assertions; the private key as JWK and as PEM. */
  readonly signing: { readonly client_id: string; readonly jwk: object; readonly pem: string };
}

interface Credentials {
  readonly client_id: string;
  readonly client_secret: string;
}

export interface OpenGround extends Ground {
  close(): Promise<void>;
}

const person = { username: 'aziza', password: 'a long and quiet password' };
const personal = 'openid profile fhirUser offline_access user/*.cruds';

/** Starts a platform with a synthetic population. Close it. */
export async function openGround(): Promise<OpenGround> {
  const place = await openHome({
    begins: 'migrated',
    serves: 'sso,fhir',
    commands: 'together',
    environment: { DHP_SEED_PATIENTS: '30' },
  });
  const folder = await mkdtemp(join(tmpdir(), 'dhp-clients-keys-'));
  const close = async (): Promise<void> => {
    door.close();
    await place.close();
    await rm(folder, { recursive: true });
  };
  const door = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const address = Buffer.concat(chunks).toString();
      const act = request.url === '/visit' ? visit : signInAt;
      act(address, issuer, person).then(
        (text) => response.end(text),
        (error: unknown) => response.writeHead(500).end(String(error)),
      );
    });
  });
  let issuer = '';
  try {
    await new Promise<void>((resolve) => door.listen(0, '127.0.0.1', resolve));
    const platform = await place.start();
    issuer = platform.urls.sso;
    await makePerson(place, issuer, person, ['--name', 'Aziza Karimova', '--practitioner', demoPractitionerId]);
    const app = `http://localhost:${String(await freePort())}`;
    const registered = await register(place, folder, app);
    const address = `http://127.0.0.1:${String((door.address() as AddressInfo).port)}`;
    return {
      issuer,
      fhir: platform.urls.playground,
      door: address,
      app,
      redirectUri: `${app}/cb`,
      ...registered,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function register(
  home: Pick<Home, 'json'>,
  folder: string,
  app: string,
): Promise<Pick<Ground, 'backend' | 'web' | 'mobile' | 'signing'>> {
  const create = <T>(name: string, scope: string, words: readonly string[] = []): Promise<T> =>
    home.json<T>(['client', 'create', '--name', name, '--scope', scope, ...words]);
  // Some libraries have an address of their own to come back to.
  const addresses = ['/cb', '/auth/callback/dhp', '/connect/dhp/callback'];
  const redirectUris = addresses.map((path) => app + path).join(' ');
  const withPeople = [
    ...['--grant', 'authorization_code refresh_token', '--redirect-uri', redirectUris],
    ...['--post-logout-redirect-uri', `${app}/bye`],
  ];
  const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const jwk = { kid: 'k1', ...pair.privateKey.export({ format: 'jwk' }) };
  const keys = join(folder, 'keys.json');
  const published = { kid: 'k1', use: 'sig', ...pair.publicKey.export({ format: 'jwk' }) };
  await writeFile(keys, JSON.stringify({ keys: [published] }));
  const { client_id } = await create<{ client_id: string }>('Registry', 'system/*.rs', ['--jwks', keys]);
  return {
    backend: await create<Credentials>('Laboratory', 'system/*.cruds'),
    web: await create<Credentials>('Clinic', personal, withPeople),
    mobile: await create<{ client_id: string }>('Application', personal, ['--public', ...withPeople]),
    signing: { client_id, jwk, pem: pair.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString() },
  };
}
