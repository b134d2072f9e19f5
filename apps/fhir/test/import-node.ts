/** A process that does imports, to be killed. */
import { openStore } from '@dhp/fhir-store';
import { createFhirServer } from '../src/index.ts';
import { baseUrl } from './environment.ts';
import { fast } from './jobs/pace.ts';

interface Asked {
  readonly url: string;
  readonly issuer: string;
  readonly jwksUri: string;
  readonly revocations: { readonly uri: string; readonly key: string };
  readonly folder: string;
  /** `host:port` that serves inputs. */
  readonly host: string;
}

const { url, folder, host, revocations, issuer, jwksUri } = JSON.parse(process.argv[2] ?? '') as Asked;
const store = await openStore({ url, timeZone: 'Asia/Tashkent', ownBases: [baseUrl] });
const { app } = await createFhirServer({
  ...{ environment: 'playground', baseUrl, issuer, jwksUri, store },
  revocations: { uri: revocations.uri, key: Buffer.from(revocations.key, 'base64') },
  ssoEndpoints: { authorize: `${issuer}/a`, token: `${issuer}/t`, jwks: jwksUri },
  ...{ timeZone: 'Asia/Tashkent', defaultLanguage: 'uz', bodyLimit: 1024 ** 2, requireIfMatch: false },
  referenceIntegrity: 'enforce',
  jobs: { pace: fast },
  exports: { folder },
  imports: { allowedHosts: [host] },
});
await app.ready();
process.stdout.write('ready\n');
// Runs until it is killed.
setInterval(() => undefined, 1_000);
