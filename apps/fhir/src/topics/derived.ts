/**
 * Parts that a topic takes from the topics in `derivedFrom`. According to R5 it adheres to them in whole or in part: a topic without
 * triggers adheres in whole and takes theirs; a topic with triggers defines itself.
 * https://hl7.org/fhir/R5/subscriptiontopic-definitions.html#SubscriptionTopic.derivedFrom
 */
import { compileTopic, type Faults } from './compile.ts';
import { canonicalParts } from './find-topic.ts';
import { isText, objects, shown, texts, type Json } from './json.ts';
import type { CompiledTopic, Reading, TopicFault } from './topic.ts';

/** Returns the active topic with a canonical; undefined if there is none. */
export type Bases = (canonical: string) => Json | undefined;

const mostBases = 10;
/** Maximum number of topics between a topic and the last one from which it takes parts. */
const deepest = 5;

/** The canonicals in `derivedFrom`, whether the topic takes parts from them or not. */
export function basesNamed({ derivedFrom }: Json): readonly string[] {
  return texts(derivedFrom);
}

/** Like `compileTopic`, for the topic with the parts taken from others; `whole` is the resource with those parts. */
export function compileWhole(
  resource: Json,
  reading: Reading,
  bases: Bases,
): { readonly topic: CompiledTopic; readonly whole: Json } | { readonly faults: Faults } {
  const made = wholeTopic(resource, bases);
  if ('faults' in made) return made;
  const compiled = compileTopic(made.resource, reading);
  return 'faults' in compiled ? compiled : { ...compiled, whole: made.resource };
}

/** The topic with the parts taken from others, or its faults. Topics without `derivedFrom` are returned unchanged. */
export function wholeTopic(resource: Json, bases: Bases): { readonly resource: Json } | { readonly faults: Faults } {
  const named = basesNamed(resource);
  if (named.length === 0) return { resource };
  const faults: TopicFault[] = [];
  const wrong = (n: number, message: string): void =>
    void faults.push({ place: `SubscriptionTopic.derivedFrom[${n}]`, message });
  if (named.length > mostBases) wrong(mostBases, `at most ${mostBases} topics, not ${named.length}`);
  const takes = takesTriggers(resource);
  const taken: Json[] = [];
  const known = new Map<string, Json | undefined>();
  for (const [n, canonical] of named.slice(0, mostBases).entries()) {
    const base = bases(canonical);
    const circle = base && circleOf(resource, base, bases);
    if (circle !== undefined) wrong(n, `a topic that is not derived from this one: ${circle}`);
    else if (base !== undefined) {
      const whole = wholeOf(base, bases, deepest, known);
      if (whole !== undefined) taken.push(whole);
      else if (takes) wrong(n, `a topic whose triggers are found within ${deepest} topics`);
    } else if (takes)
      wrong(
        n,
        `an active SubscriptionTopic of this server, as this one has no trigger of its own, not ${shown(canonical)}`,
      );
  }
  const [first, ...others] = faults;
  if (first !== undefined) return { faults: [first, ...others] };
  return { resource: takes ? joined(resource, taken) : resource };
}

function takesTriggers({ resourceTrigger, eventTrigger }: Json): boolean {
  return objects(resourceTrigger).length + objects(eventTrigger).length === 0;
}

/**
 * A topic with all parts taken from others; undefined if the derivation is too deep. @param known each topic is made once, however many
 * derive from it
 */
function wholeOf(resource: Json, bases: Bases, depth: number, known: Map<string, Json | undefined>): Json | undefined {
  if (!takesTriggers(resource)) return resource;
  if (depth === 0) return undefined;
  const taken: Json[] = [];
  for (const canonical of basesNamed(resource).slice(0, mostBases)) {
    const base = bases(canonical);
    if (base !== undefined && !known.has(canonical)) known.set(canonical, wholeOf(base, bases, depth - 1, known));
    const whole = known.get(canonical);
    if (whole === undefined) return undefined;
    taken.push(whole);
  }
  return joined(resource, taken);
}

/** Joins the triggers of all; the filters and shapes of the topic itself replace others of the same name and type. */
function joined(own: Json, taken: readonly Json[]): Json {
  const all = (name: string): Json[] => taken.flatMap((one) => objects(one[name]).map(([, each]) => each));
  const beside = (name: string, keys: readonly string[]): Json[] => {
    const nameOf = (each: Json): string => JSON.stringify(keys.map((key) => each[key] ?? null));
    const once = new Map<string, Json>();
    for (const each of [...objects(own[name]).map(([, one]) => one), ...all(name)])
      if (!once.has(nameOf(each))) once.set(nameOf(each), each);
    return [...once.values()];
  };
  return {
    ...own,
    ...{ resourceTrigger: all('resourceTrigger'), eventTrigger: all('eventTrigger') },
    canFilterBy: beside('canFilterBy', ['resource', 'filterParameter']),
    notificationShape: beside('notificationShape', ['resource']),
  };
}

/** The path from a base back to the topic; undefined if there is none. */
function circleOf(topic: Json, base: Json, bases: Bases): string | undefined {
  const seen = new Set<string>();
  const nameOf = ({ url, version }: Json): string => `${String(url)}${isText(version) ? `|${version}` : ''}`;
  const isTopic = (canonical: string): boolean => {
    const { url, version } = canonicalParts(canonical);
    return url === topic['url'] && (version === undefined || version === topic['version']);
  };
  const search = (one: Json, way: readonly string[]): string | undefined => {
    if (nameOf(one) === nameOf(topic)) return [...way, nameOf(one)].join(' from ');
    if (seen.has(nameOf(one))) return undefined;
    seen.add(nameOf(one));
    for (const canonical of basesNamed(one).slice(0, mostBases)) {
      if (isTopic(canonical)) return [...way, nameOf(one), nameOf(topic)].join(' from ');
      const next = bases(canonical);
      const found = next && search(next, [...way, nameOf(one)]);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return search(base, [nameOf(topic)]);
}

/** Reads all topics that a topic derives from, directly or indirectly. @param find returns an active topic by its canonical */
export async function basesOf(resource: Json, find: (canonical: string) => Promise<Json | undefined>): Promise<Bases> {
  const known = new Map<string, Json | undefined>();
  let wanted = basesNamed(resource).slice(0, mostBases);
  for (let depth = 0; depth <= deepest && wanted.length > 0; depth += 1) {
    const fresh = [...new Set(wanted)].filter((canonical) => !known.has(canonical)).slice(0, mostBases);
    for (const canonical of fresh) known.set(canonical, await find(canonical));
    wanted = fresh.flatMap((canonical) => basesNamed(known.get(canonical) ?? {}).slice(0, mostBases));
  }
  return (canonical) => known.get(canonical);
}
