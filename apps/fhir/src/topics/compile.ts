import { isText, objects, type Json } from './json.ts';
import { readCanFilterBy } from './can-filter-by.ts';
import { readShapes } from './shapes.ts';
import type { CompiledTopic, Reading, TopicFault, Wrong } from './topic.ts';
import { readEvents, readTriggers } from './triggers.ts';

export type Faults = readonly [TopicFault, ...TopicFault[]];

/** Maximum number of faults reported for one topic. */
const mostFaults = 100;

/**
 * A compiled SubscriptionTopic, whatever its status, or all its faults. Canonicals in `derivedFrom` are not followed; `compileWhole` does
 * that. https://hl7.org/fhir/R5/subscriptiontopic.html
 */
export function compileTopic(
  resource: Json,
  reading: Reading,
): { readonly topic: CompiledTopic } | { readonly faults: Faults } {
  const faults: TopicFault[] = [];
  const wrong: Wrong = (element, message) => {
    if (faults.length < mostFaults) faults.push({ place: `SubscriptionTopic.${element}`, message });
    return undefined;
  };
  const { url, version } = resource;
  if (!isText(url)) wrong('url', 'a canonical URL, by which subscriptions name the topic');
  else if (url.includes('|')) wrong('url', 'a canonical URL without |, behind which subscriptions name a version');
  if (objects(resource['resourceTrigger']).length + objects(resource['eventTrigger']).length === 0)
    wrong(
      'resourceTrigger',
      'at least one, or an eventTrigger: a topic fires when a resource changes, or when an event is reported',
    );
  const triggers = readTriggers(resource['resourceTrigger'], reading, wrong);
  const events = readEvents(resource['eventTrigger'], wrong);
  const types = [...new Set([...triggers.keys(), ...events.map(({ type }) => type)])];
  const topic: CompiledTopic = {
    url: String(url),
    version: isText(version) ? version : undefined,
    triggers,
    ...{ events, types: new Set(types) },
    canFilterBy: readCanFilterBy(resource['canFilterBy'], types, reading, wrong),
    shapes: readShapes(resource['notificationShape'], types, reading, wrong),
  };
  const [first, ...others] = faults;
  return first === undefined ? { topic } : { faults: [first, ...others] };
}
