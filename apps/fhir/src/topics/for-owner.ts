/** Whether a topic with filters can be served to the owner of a subscription: it must not disclose elements that an access policy hides. */
import type { Partly } from '../contract/partly.ts';
import { compileTopic } from './compile.ts';
import { compileFilters } from './filters.ts';
import type { Json } from './json.ts';
import type { Reading, TopicFault } from './topic.ts';

/**
 * The faults that prevent serving it; empty if it can be served.
 * @param reading with the search parameters that the owner may use
 * @param partly undefined if nothing is hidden from the owner
 */
export function faultsForOwner(
  resource: Json,
  filterBy: unknown,
  reading: Reading,
  partly: Pick<Partly, 'hidesIn'> | undefined,
): readonly TopicFault[] {
  const compiled = compileTopic(resource, reading);
  if ('faults' in compiled) {
    const [first] = compiled.faults;
    return [{ place: 'Subscription.topic', message: `the topic cannot be served to you: ${first.message}` }];
  }
  const { topic } = compiled;
  const faults: TopicFault[] = [];
  for (const [type, triggers] of topic.triggers) {
    const isHidden = partly?.hidesIn(type) === true && triggers.some(({ path }) => path !== undefined);
    if (!isHidden) continue;
    const message = `the topic looks at any element of a ${type}, and an access policy hides some of them from you`;
    faults.push({ place: 'Subscription.topic', message });
  }
  const filters = compileFilters(topic, filterBy, reading);
  return 'faults' in filters ? [...faults, ...filters.faults] : faults;
}
