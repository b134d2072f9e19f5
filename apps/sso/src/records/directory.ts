/** Which records of the FHIR servers are of a person: asked over HTTP, with a token that permits nothing else. */
import type { Identity } from '../store/accounts.ts';
import type { Environment } from '../store/clients.ts';
import { recordsToken, type RecordsOptions } from './records-token.ts';

/** @throws Error when a server does not answer */
export type Directory = (pinfl: string) => Promise<Identity[]>;

/** Identifier system of the PINFL in the national profiles. */
export const pinflSystem = 'https://dhp.uz/fhir/core/sid/pid/uz/ni';
const types = ['Patient', 'Practitioner'] as const;
const scope = types.map((type) => `system/${type}.rs`).join(' ');

export function fhirDirectory(o: RecordsOptions): Directory {
  return async (pinfl) => {
    const found: Identity[] = [];
    for (const [environment, base] of Object.entries(o.environments) as [Environment, string][]) {
      const url = o.fhirUrls?.[environment] ?? base;
      const token = await recordsToken(o, { audience: base, scope });
      const headers = { authorization: `Bearer ${token}`, accept: 'application/fhir+json' };
      for (const type of types) {
        const query = new URLSearchParams({ identifier: `${pinflSystem}|${pinfl}`, _count: '3', _elements: 'id' });
        const options = { headers, signal: AbortSignal.timeout(10_000), redirect: 'error' } as const;
        const response = await fetch(`${url}/${type}?${query.toString()}`, options);
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
