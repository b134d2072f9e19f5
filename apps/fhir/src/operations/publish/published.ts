/** Common terms of the manifest of published files and the files themselves. */
import type { Services } from '../../contract/interaction.ts';
import type { Publishing } from '../../contract/publishing.ts';
import { fail } from '../../http/errors.ts';

export const publishInteraction = '$bulk-publish';

/** Fails with `publishing-off`. */
export function requirePublishing({ publishing }: Pick<Services, 'publishing'>): Publishing {
  if (publishing === undefined) {
    const diagnostics = 'DHP_BULK_PUBLISH is off in this environment.';
    fail('publishing-off', {}, { diagnostics });
  }
  return publishing;
}

/** @param seconds for which caches keep public answers */
export function cacheControl({ isPublic }: Publishing, seconds: number): string {
  return isPublic ? `public, max-age=${seconds}` : 'private, no-cache';
}

/** The name contains the time: the resources stored up to then never change, so neither does the content at the address. */
export function nameOf(type: string, stored: Date): string {
  return `${type}-${stored.getTime()}.ndjson`;
}

const named = /^([A-Za-z]+)-(\d{12,15})\.ndjson$/;

/** Type and time of a name; undefined if the name has another form. */
export function readName(name: string): { readonly type: string; readonly stored: Date } | undefined {
  const [, type, time] = named.exec(name) ?? [];
  return type === undefined ? undefined : { type, stored: new Date(Number(time)) };
}
