/** Topics by their canonical, as they are stored now. */
import { conditionOf } from '@dhp/search-index';
import type { ResourceStore } from '@dhp/fhir-store';
import { fromStore } from '../search/store-failure.ts';

type Json = Readonly<Record<string, unknown>>;

export interface FoundTopic {
  readonly id: string;
  readonly resource: Json;
}

/** Versions of one topic that are looked at. */
const mostFound = 20;

export function canonicalParts(canonical: string): { readonly url: string; readonly version: string | undefined } {
  const [, url = canonical, version] = /^([^|]*)\|(.+)$/.exec(canonical) ?? [];
  return { url, version };
}

/** The active topics with a canonical, the lowest id first. */
export async function activeTopics(
  store: Pick<ResourceStore, 'find' | 'read'>,
  canonical: string,
  { timeZone, baseUrl, now }: { readonly timeZone: string; readonly baseUrl: string; readonly now: Date },
): Promise<FoundTopic[]> {
  const { url, version } = canonicalParts(canonical);
  const pairs = [
    ['url', url.replace(/[\\,$|]/g, String.raw`\$&`)],
    ['status', 'active'],
  ] as const;
  const condition = conditionOf('SubscriptionTopic', pairs, { timeZone, now, ownBases: [baseUrl], lenient: false });
  const scope = { path: '/SubscriptionTopic', interaction: 'find', of: 'SubscriptionTopic' };
  const found = await fromStore(() => store.find('SubscriptionTopic', condition, mostFound), scope);
  const read = await Promise.all(found.map(({ id }) => store.read('SubscriptionTopic', id)));
  return read
    .flatMap((stored) => {
      if (stored?.deleted !== false) return [];
      const resource = JSON.parse(stored.content.toString('utf8')) as Json;
      const isMeant = resource['status'] === 'active' && resource['url'] === url;
      return isMeant && (version === undefined || resource['version'] === version) ? [{ id: stored.id, resource }] : [];
    })
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}
