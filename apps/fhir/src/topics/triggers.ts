/** Triggers of a topic. https://hl7.org/fhir/R5/subscriptiontopic.html#resource-trigger */
import { readQuery } from './criteria.ts';
import { readExpression } from './expression.ts';
import { isObject, isText, objects, shown, texts, type Json } from './json.ts';
import {
  interactions,
  type Criteria,
  type EventTrigger,
  type QueryCriteria,
  type Reading,
  type Trigger,
  type Wrong,
} from './topic.ts';
import { typeNamed, whichType } from './type-named.ts';

/** Each is judged for every change of its type. */
const mostTriggers = 20;

/** The resource triggers by their type. A trigger with a fault is omitted. */
export function readTriggers(given: unknown, reading: Reading, wrong: Wrong): ReadonlyMap<string, readonly Trigger[]> {
  const found = objects(given);
  if (found.length > mostTriggers) wrong('resourceTrigger', `at most ${mostTriggers}, not ${found.length}`);
  const read = found.slice(0, mostTriggers).flatMap(([number, trigger]) => {
    const place = `resourceTrigger[${number}]`;
    return readTrigger(number, trigger, reading, (element, message) => wrong(`${place}.${element}`, message)) ?? [];
  });
  return Map.groupBy(read, ({ type }) => type);
}

function readTrigger(number: number, given: Json, reading: Reading, wrong: Wrong): Trigger | undefined {
  const type = typeNamed(given['resource']);
  if (type === undefined) wrong('resource', whichType(given['resource']));
  const { supportedInteraction, queryCriteria, fhirPathCriteria } = given;
  const named = texts(supportedInteraction);
  named.forEach((one, n) => {
    if (!interactions.some((known) => known === one))
      wrong(`supportedInteraction[${n}]`, `one of ${interactions.join(', ')}, not ${shown(one)}`);
  });
  if (type === undefined) return undefined;
  const query = isObject(queryCriteria) ? readQueries(queryCriteria, type, reading, wrong) : undefined;
  const path = isText(fhirPathCriteria) ? readExpression(fhirPathCriteria, type) : undefined;
  if (typeof path === 'string') {
    wrong('fhirPathCriteria', path);
    return undefined;
  }
  const meant = interactions.filter((one) => named.length === 0 || named.includes(one));
  const asksPrevious = path !== undefined || query?.previous !== undefined;
  return { number, type, interactions: new Set(meant), query, path, asksPrevious };
}

function readQueries(given: Json, type: string, reading: Reading, wrong: Wrong): QueryCriteria {
  const queryOf = (name: 'previous' | 'current'): Criteria | undefined => {
    const text = given[name];
    if (!isText(text)) return undefined;
    const found = readQuery(type, text, reading);
    if (typeof found !== 'string') return found;
    wrong(`queryCriteria.${name}`, found);
    return undefined;
  };
  if (!isText(given['previous']) && !isText(given['current']))
    wrong('queryCriteria', 'a query for the previous state, for the current one, or both');
  for (const name of ['resultForCreate', 'resultForDelete'] as const) {
    const result = given[name];
    if (result !== undefined && result !== passes && result !== 'test-fails')
      wrong(`queryCriteria.${name}`, `${passes} or test-fails, not ${shown(result)}`);
  }
  return {
    ...{ previous: queryOf('previous'), current: queryOf('current') },
    forCreate: given['resultForCreate'] === passes,
    forDelete: given['resultForDelete'] === passes,
    needsBoth: given['requireBoth'] === true,
  };
}

/** https://hl7.org/fhir/R5/valueset-subscriptiontopic-cr-behavior.html */
const passes = 'test-passes';

/** https://hl7.org/fhir/R5/subscriptiontopic.html#event-trigger */
export function readEvents(given: unknown, wrong: Wrong): readonly EventTrigger[] {
  const known = new Map<string, number>();
  const found = objects(given);
  if (found.length > mostTriggers) wrong('eventTrigger', `at most ${mostTriggers}, not ${found.length}`);
  return found.slice(0, mostTriggers).flatMap(([number, { event, resource }]) => {
    const place = `eventTrigger[${number}]`;
    const type = typeNamed(resource);
    if (type === undefined) wrong(`${place}.resource`, whichType(resource));
    const codings = objects(isObject(event) ? event['coding'] : undefined);
    const named = codings.flatMap(([, { system, code }]) => (isText(system) && isText(code) ? [{ system, code }] : []));
    if (named.length === 0) wrong(`${place}.event`, 'a coding with system and code, by which the event is reported');
    for (const { system, code } of named) {
      const before = known.get(`${system}|${code}`);
      known.set(`${system}|${code}`, number);
      if (before !== undefined)
        wrong(`${place}.event`, `another event: eventTrigger[${before}] is about ${system}|${code} already`);
    }
    return type === undefined ? [] : named.map((each) => ({ number, type, ...each }));
  });
}
