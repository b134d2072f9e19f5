/** Every version that there was of some types, as the histories tell over HTTP. */
import type { Version } from '../../../apps/fhir/test/export-exactness.ts';
import { hasStatus, type Ask } from '../../fhir.ts';

interface Entry {
  readonly fullUrl?: string;
  readonly resource?: { readonly resourceType: string; readonly id: string; readonly meta: { lastUpdated: string } };
  readonly request: { readonly method: string; readonly url: string };
  readonly response: { readonly lastModified: string };
}

/** @returns those of ids that begin with the tag, oldest first */
export async function readHistories(ask: Ask, types: readonly string[], tag: string): Promise<Version[]> {
  const all: Version[] = [];
  for (const type of types) {
    let path: string | undefined = `${type}/_history?_count=500`;
    while (path !== undefined) {
      const bundle = hasStatus(await ask('GET', path), 200).json() as {
        entry?: readonly Entry[];
        link?: readonly { relation: string; url: string }[];
      };
      for (const { resource, request, response } of bundle.entry ?? []) {
        const id = resource?.id ?? request.url.split('/')[1] ?? '';
        if (!id.startsWith(tag)) continue;
        const at = new Date(resource?.meta.lastUpdated ?? response.lastModified).getTime();
        all.push({ name: `${type}/${id}`, at, content: resource === undefined ? undefined : JSON.stringify(resource) });
      }
      const next = bundle.link?.find(({ relation }) => relation === 'next')?.url;
      path = next === undefined ? undefined : `${type}/_history${new URL(next).search}`;
    }
  }
  // Histories are told newest first; of one resource no two versions are of the same moment in another order.
  return all.reverse().sort((a, b) => a.at - b.at);
}

/** A Provenance, which nobody changes. */
export interface StoredProvenance {
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly recorded: number;
  readonly stored: number;
  /** `Type/id`. */
  readonly targets: readonly string[];
}

export async function readProvenances(ask: Ask): Promise<StoredProvenance[]> {
  const all: StoredProvenance[] = [];
  let path: string | undefined = 'Provenance/_history?_count=500';
  while (path !== undefined) {
    const bundle = hasStatus(await ask('GET', path), 200).json() as {
      entry?: readonly { resource: ProvenanceResource }[];
      link?: readonly { relation: string; url: string }[];
    };
    for (const { resource } of bundle.entry ?? []) {
      const { id, recorded, target, meta } = resource;
      const targets = target.map(({ reference }) => reference.replace(/\/_history\/.*/, ''));
      const stored = new Date(meta.lastUpdated).getTime();
      all.push({ id, targets, stored, recorded: recorded === undefined ? stored : new Date(recorded).getTime() });
    }
    const next = bundle.link?.find(({ relation }) => relation === 'next')?.url;
    path = next === undefined ? undefined : `Provenance/_history${new URL(next).search}`;
  }
  return all;
}

interface ProvenanceResource {
  readonly id: string;
  readonly recorded?: string;
  readonly target: readonly { readonly reference: string }[];
  readonly meta: { readonly lastUpdated: string };
}
