/** Code systems with value sets and maps over them, and codes that are held to these. */
import type { Json } from '../../../packages/fhir-validation/test/published.ts';
import type { Random } from '../../random.ts';
import { codeSystem, conceptMap, valueSet } from '../grown/terminology.ts';
import { home, profile } from '../provoked/definition.ts';
import type { Drawn } from './profiles.ts';

const urlOf = (type: string, id: string): string => `${home}/${type}/${id}`;
const named = (resource: Json, id: string): Json => ({
  ...resource,
  id,
  url: urlOf(String(resource['resourceType']), id),
});

/** Systems of the grammar, in whose places those of the same seed stand. */
const others = ['http://terminology.hl7.org/CodeSystem/v2-0203', 'http://provoked.test/codes', 'http://loinc.org'];

function over(resource: Json, id: string): Json {
  let text = JSON.stringify(resource);
  for (const one of others) text = text.replaceAll(`"${one}"`, `"${urlOf('CodeSystem', `${id}-system`)}"`);
  text = text.replaceAll('"http://hl7.org/fhir/ValueSet/marital-status"', `"${urlOf('ValueSet', `${id}-set`)}"`);
  return JSON.parse(text) as Json;
}

const words = ['a', 'b', 'c', 'd', 'e', 'M', 'S', 'MR', 'male', 'A'];

/** A code system that is at hand in full, as most are. */
function systemOf(random: Random, id: string): Json {
  const made = named(codeSystem(random), `${id}-system`);
  return random.oneIn(8) ? made : { ...made, content: 'complete' };
}

export function map(random: Random, id: string): Drawn {
  const set = over(named(valueSet(random), `${id}-set`), id);
  return { kind: 'map', resource: over(named(conceptMap(random), id), id), definitions: [systemOf(random, id), set] };
}

export function set(random: Random, id: string): Drawn {
  const inner = over(named(valueSet(random), `${id}-set`), id);
  return { kind: 'set', resource: over(named(valueSet(random), id), id), definitions: [systemOf(random, id), inner] };
}

export function supplement(random: Random, id: string): Drawn {
  const base = systemOf(random, id);
  const resource = {
    ...named(codeSystem(random), id),
    content: 'supplement',
    supplements: String(base['url']) + random.pick(['', '', '|1.0.0', '|2.0.0']),
  };
  return { kind: 'supplement', resource, definitions: [base] };
}

/** A code in one of the places for codes, held to a value set. */
export function coded(random: Random, id: string): Drawn {
  const valueSetUrl = urlOf('ValueSet', `${id}-set`) + (random.oneIn(6) ? random.pick(['|1.0.0', '|2.0.0']) : '');
  const inner = over(named(valueSet(random), `${id}-set`), id);
  const system = systemOf(random, id);
  const coding = (): Json => ({
    ...(!random.oneIn(10) && {
      system: random.oneIn(5) ? 'http://terminology.hl7.org/CodeSystem/v3-MaritalStatus' : system['url'],
    }),
    ...(random.oneIn(8) && { version: random.pick(['1.0.0', '2.0.0', '3.0.0']) }),
    code: random.pick(words),
    ...(random.oneIn(3) && { display: random.pick(['a', 'b', 'A', 'Married', ' a']) }),
  });
  const codings = Array.from({ length: random.oneIn(3) ? 2 : 1 }, coding);
  const binding = { strength: random.pick(['required', 'required', 'extensible', 'preferred']), valueSet: valueSetUrl };
  const [type, value] = random.pick<readonly [string, Json]>([
    ['CodeableConcept', { valueCodeableConcept: { coding: codings, ...(random.oneIn(4) && { text: 'a' }) } }],
    ['CodeableConcept', { valueCodeableConcept: random.oneIn(4) ? { text: 'a' } : { coding: codings } }],
    ['Quantity', { valueQuantity: { value: 1, ...codings[0], ...(random.oneIn(2) && { unit: 'a' }) } }],
  ]);
  const held = profile(id, 'Observation', { 'Observation.value[x]': { type: [{ code: type }], binding } });
  return {
    kind: `coded ${type}`,
    resource: {
      resourceType: 'Observation',
      meta: { profile: [urlOf('StructureDefinition', id)] },
      status: 'final',
      code: { text: 'a' },
      ...value,
    },
    definitions: [held, inner, system],
  };
}
