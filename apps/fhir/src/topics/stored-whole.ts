/** A stored topic with what it takes from others that are stored, whoever may see these: as it works for whoever subscribes to it. */
import { basesOf, wholeTopic } from './derived.ts';
import { activeTopics } from './find-topic.ts';
import type { Json } from './json.ts';

type Looking = Omit<Parameters<typeof activeTopics>[2], 'within'>;

/** The topic itself where it cannot be made whole any more, as when one that it takes from is not active: then it has no trigger. */
export async function storedWhole(
  store: Parameters<typeof activeTopics>[0],
  resource: Json,
  looking: Looking,
): Promise<Json> {
  const bases = await basesOf(
    resource,
    async (canonical) => (await activeTopics(store, canonical, looking))[0]?.resource,
  );
  const made = wholeTopic(resource, bases);
  return 'resource' in made ? made.resource : resource;
}

/** The active topic with a canonical, as it works; undefined if there is none. */
export async function wholeTopicOf(
  store: Parameters<typeof activeTopics>[0],
  canonical: string,
  looking: Looking,
): Promise<Json | undefined> {
  const [found] = await activeTopics(store, canonical, looking);
  return found && storedWhole(store, found.resource, looking);
}
