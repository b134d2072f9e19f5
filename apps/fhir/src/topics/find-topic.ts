/** Finds stored topics by their canonical. */
import { conditionOf, type Condition } from '@dhp/search-index';
import type { ResourceStore } from '@dhp/fhir-store';
import type { TopicFault } from './topic.ts';
import { fromStore } from '../http/store-failure.ts';

type Json = Readonly<Record<string, unknown>>;

export interface FoundTopic {
  readonly id: string;
  readonly resource: Json;
}

/** Maximum number of versions of one topic that are examined. */
const mostFound = 20;

export function canonicalParts(canonical: string): { readonly url: string; readonly version: string | undefined } {
  const [, url = canonical, version] = /^([^|]*)\|(.+)$/.exec(canonical) ?? [];
  return { url, version };
}

interface Looking {
  readonly timeZone: string;
  readonly baseUrl: string;
  readonly now: Date;
  /** Limits the topics searched; all by default. */
  readonly within?: Condition | true;
}

/** The active topics with a canonical, the lowest id first. */
export async function activeTopics(
  store: Pick<ResourceStore, 'find' | 'read'>,
  canonical: string,
  { timeZone, baseUrl, now, within = true }: Looking,
): Promise<FoundTopic[]> {
  const { url, version } = canonicalParts(canonical);
  const pairs = [
    ['url', url.replace(/[\\,$|]/g, String.raw`\$&`)],
    ['status', 'active'],
  ] as const;
  const asked = conditionOf('SubscriptionTopic', pairs, { timeZone, now, ownBases: [baseUrl], lenient: false });
  const condition: Condition = within === true ? asked : { op: 'all', of: [asked, within] };
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

/**
 * The fault of an active topic if another one has the same url and version: subscribers could not distinguish them. Two topics stored at
 * the same time by two requests may still have both in common; the one with the lowest id is then served.
 * @param of `except`: topics, `Type/id`, that the same transaction changes
 */
export async function twinOf(
  store: Pick<ResourceStore, 'find' | 'read'>,
  { id, resource }: { readonly id: string | undefined; readonly resource: Json },
  of: Looking & { readonly except: (name: string) => boolean },
): Promise<TopicFault | undefined> {
  const { url, version } = resource;
  if (typeof url !== 'string') return undefined;
  const others = await activeTopics(store, url, of);
  const twin = others.find(
    (other) => other.id !== id && other.resource['version'] === version && !of.except(`SubscriptionTopic/${other.id}`),
  );
  return twin && twinFault(resource, twin.id);
}

/** @param twin the id of the other topic; undefined if it has none yet */
export function twinFault({ version }: Json, twin: string | undefined): TopicFault {
  const other = twin === undefined ? 'Another SubscriptionTopic' : `SubscriptionTopic/${twin}`;
  const message = `${other} is active with the same url and version; give this one another version, or make that one inactive first`;
  return { place: version === undefined ? 'SubscriptionTopic.url' : 'SubscriptionTopic.version', message };
}
