/** The words that the manifest of what is published and its files share. */
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

/** @param seconds for which caches keep what everybody may read */
export function cacheControl({ isPublic }: Publishing, seconds: number): string {
  return isPublic ? `public, max-age=${seconds}` : 'private, no-cache';
}

/** The name has the time: what was stored up to then never changes, so neither does the address of anything else. */
export function nameOf(type: string, stored: Date): string {
  return `${type}-${stored.getTime()}.ndjson`;
}

const named = /^([A-Za-z]+)-(\d{12,15})\.ndjson$/;

/** Type and time of a name; undefined for what is no such name. */
export function readName(name: string): { readonly type: string; readonly stored: Date } | undefined {
  const [, type, time] = named.exec(name) ?? [];
  return type === undefined ? undefined : { type, stored: new Date(Number(time)) };
}
