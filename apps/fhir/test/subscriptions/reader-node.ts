/** A process that makes events and delivers them, to be killed. */
import type { AddressInfo } from 'node:net';
import { openStore } from '@dhp/fhir-store';
import { createFhirServer, type FhirOptions } from '../../src/index.ts';
import * as bed from './bed.ts';

const given = JSON.parse(process.argv[2] ?? '{}') as {
  readonly url: string;
  readonly host: string;
  readonly key: string;
  readonly revocationsKey: string;
  readonly options: Pick<FhirOptions, 'baseUrl' | 'issuer' | 'jwksUri'> & { readonly revocationsUri: string };
};
const { baseUrl, issuer, jwksUri, revocationsUri } = given.options;
const store = await openStore({ url: given.url, timeZone: 'Asia/Tashkent', ownBases: [baseUrl] });
const { app } = await createFhirServer({
  ...{ environment: 'playground', baseUrl, issuer, jwksUri, store, timeZone: 'Asia/Tashkent', defaultLanguage: 'uz' },
  ...{ bodyLimit: 1024 * 1024, requireIfMatch: false, ssoEndpoints: { token: `${issuer}/oauth/token`, jwks: jwksUri } },
  revocations: { uri: revocationsUri, key: Buffer.from(given.revocationsKey, 'base64') },
  subscriptions: {
    ...{ key: Buffer.from(given.key, 'base64'), pace: { ...bed.pace, lease: 1_000 }, backoff: bed.backoff },
    allowedHosts: [given.host],
  },
});
// For those who open websockets.
await app.listen({ port: 0, host: '127.0.0.1' });
process.stdout.write(`${String((app.server.address() as AddressInfo).port)}\n`);
// Until it is killed.
setInterval(() => undefined, 1_000);
