/** Which records of the FHIR servers are of a person: asked over HTTP, with a token of one minute that permits nothing else. */
import { randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import type { KeyRing } from '../keys/key-ring.ts';
import type { Identity } from '../store/accounts.ts';
import type { Environment } from '../store/clients.ts';

/** @throws Error when a server does not answer */
export type Directory = (pinfl: string) => Promise<Identity[]>;

/** Identifier system of the PINFL in the national profiles. */
const pinflSystem = 'https://dhp.uz/fhir/core/sid/pid/uz/ni';
const types = ['Patient', 'Practitioner'] as const;

export function fhirDirectory(o: {
  issuer: string;
  environments: Partial<Record<Environment, string>>;
  keys: KeyRing;
  clock: () => Date;
}): Directory {
  async function token(audience: string): Promise<string> {
    const { kid, privateKey } = o.keys.signing('ES256');
    const now = Math.floor(o.clock().getTime() / 1000);
    return new SignJWT({ client_id: 'dhp-sso', scope: types.map((type) => `system/${type}.rs`).join(' ') })
      .setProtectedHeader({ alg: 'ES256', kid, typ: 'at+jwt' })
      .setIssuer(o.issuer)
      .setSubject('dhp-sso')
      .setAudience(audience)
      .setJti(randomUUID())
      .setIssuedAt(now)
      .setExpirationTime(now + 60)
      .sign(privateKey);
  }

  return async (pinfl) => {
    const found: Identity[] = [];
    for (const [environment, base] of Object.entries(o.environments) as [Environment, string][]) {
      const headers = { authorization: `Bearer ${await token(base)}`, accept: 'application/fhir+json' };
      for (const type of types) {
        const query = new URLSearchParams({ identifier: `${pinflSystem}|${pinfl}`, _count: '3', _elements: 'id' });
        const options = { headers, signal: AbortSignal.timeout(10_000), redirect: 'error' } as const;
        const response = await fetch(`${base}/${type}?${query.toString()}`, options);
        if (response.status !== 200) throw new Error(`${base}/${type} answers ${String(response.status)}`);
        const bundle = (await response.json()) as { entry?: { resource?: { resourceType?: string; id?: string } }[] };
        for (const { resource } of bundle.entry ?? []) {
          if (resource?.resourceType === type) found.push({ environment, type, fhir_id: resource.id! });
        }
      }
    }
    return found;
  };
}
