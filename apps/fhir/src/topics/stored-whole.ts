/** A stored topic with the parts taken from other stored topics, whoever may see those: the topic as it works for all subscribers. */
import { basesOf, wholeTopic } from './derived.ts';
import { activeTopics } from './find-topic.ts';
import type { Json } from './json.ts';

type Looking = Omit<Parameters<typeof activeTopics>[2], 'within'>;

/** The topic unchanged if its parts cannot be resolved any more, for example because a base is not active: it then has no trigger. */
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

/** The active topic with a canonical, with its taken parts; undefined if there is none. */
export async function wholeTopicOf(
  store: Parameters<typeof activeTopics>[0],
  canonical: string,
  looking: Looking,
): Promise<Json | undefined> {
  const [found] = await activeTopics(store, canonical, looking);
  return found && storedWhole(store, found.resource, looking);
}
