/** Resources of the platform's own cases. */
type Stored = { readonly resourceType: string; readonly id: string } & Readonly<Record<string, unknown>>;

export const animals = 'http://example.org/own/animals';
export const latin = 'http://example.org/own/animals-latin';
export const legacy = 'http://example.org/own/legacy';
export const map = 'http://example.org/own/to-legacy';
const common = { status: 'active' };

/** Beast with dog (puppy, which is young too) and cat below it, young; stone stands alone and is inactive. */
const animalSystem: Stored = {
  ...{ resourceType: 'CodeSystem', id: 'own-animals', url: animals, version: '1.0.0', ...common },
  ...{ content: 'complete', caseSensitive: true, language: 'en', hierarchyMeaning: 'is-a' },
  property: [
    { code: 'legs', type: 'integer' },
    { code: 'sound', type: 'string' },
    { code: 'parent', uri: 'http://hl7.org/fhir/concept-properties#parent', type: 'code' },
    { code: 'inactive', uri: 'http://hl7.org/fhir/concept-properties#inactive', type: 'boolean' },
  ],
  concept: [
    {
      ...{ code: 'beast', display: 'Beast' },
      concept: [
        {
          ...{ code: 'dog', display: 'Dog', definition: 'It barks.' },
          property: [
            { code: 'legs', valueInteger: 4 },
            { code: 'sound', valueString: 'woof' },
          ],
          concept: [{ code: 'puppy', display: 'Puppy', property: [{ code: 'parent', valueCode: 'young' }] }],
        },
        { code: 'cat', display: 'Cat', property: [{ code: 'legs', valueInteger: 4 }] },
      ],
    },
    { code: 'young', display: 'Young one' },
    { code: 'stone', display: 'Stone', property: [{ code: 'inactive', valueBoolean: true }] },
  ],
};

const legacySystem: Stored = {
  ...{ resourceType: 'CodeSystem', id: 'own-legacy', url: legacy, ...common, content: 'complete' },
  ...{ concept: ['D', 'C', 'X', 'P'].map((code) => ({ code, display: `Old ${code}` })) },
};

const supplement: Stored = {
  ...{ resourceType: 'CodeSystem', id: 'own-latin', url: latin, version: '3', ...common, content: 'supplement' },
  ...{ supplements: animals, property: [{ code: 'tame', type: 'boolean' }] },
  concept: [
    {
      code: 'dog',
      designation: [{ language: 'la', value: 'Canis' }],
      property: [{ code: 'tame', valueBoolean: true }],
    },
  ],
};

const conceptMap: Stored = {
  ...{ resourceType: 'ConceptMap', id: 'own-map', url: map, ...common },
  additionalAttribute: [{ code: 'age', uri: 'http://example.org/age', type: 'code' }],
  group: [
    {
      ...{ source: animals, target: legacy },
      element: [
        { code: 'dog', target: [{ code: 'D', relationship: 'equivalent' }] },
        { code: 'cat', target: [{ code: 'C', relationship: 'source-is-narrower-than-target' }] },
        { code: 'stone', noMap: true },
        {
          code: 'puppy',
          target: [
            {
              ...{ code: 'P', relationship: 'equivalent' },
              dependsOn: [{ attribute: 'age', valueCode: 'young' }],
            },
          ],
        },
      ],
      unmapped: { mode: 'fixed', code: 'X', relationship: 'related-to' },
    },
  ],
};

/** A value set for each filter, and for what supplements add. */
const filtered = (id: string, property: string, op: string, value: string): Stored => ({
  ...{ resourceType: 'ValueSet', id, url: `http://example.org/own/${id}`, ...common },
  compose: { include: [{ system: animals, filter: [{ property, op, value }] }] },
});

/** Every operator that R5 has, what it is put to and which codes it means. https://hl7.org/fhir/R5/valueset-filter-operator.html */
export const filters: readonly [property: string, op: string, value: string, codes: string][] = [
  ['legs', '=', '4', 'dog cat'],
  ['concept', 'is-a', 'dog', 'dog puppy'],
  ['concept', 'descendent-of', 'beast', 'dog puppy cat'],
  ['concept', 'is-not-a', 'beast', 'young stone'],
  ['display', 'regex', 'Yo.+|Pup+y', 'puppy young'],
  ['code', 'in', 'cat,stone', 'cat stone'],
  ['code', 'not-in', 'cat,stone', 'beast dog puppy young'],
  ['concept', 'generalizes', 'puppy', 'beast dog puppy young'],
  ['concept', 'child-of', 'beast', 'dog cat'],
  ['concept', 'descendent-leaf', 'beast', 'puppy cat'],
  ['sound', 'exists', 'true', 'dog'],
];
export const filterId = (op: string): string => `own-${op === '=' ? 'equal' : op}`;

export const resources: readonly Stored[] = [
  ...[animalSystem, legacySystem, supplement, conceptMap],
  ...filters.map(([property, op, value]) => filtered(filterId(op), property, op, value)),
  {
    ...{ resourceType: 'ValueSet', id: 'own-with-latin', url: 'http://example.org/own/with-latin', ...common },
    ...{ extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/valueset-supplement', valueCanonical: latin }] },
    compose: { include: [{ system: animals, filter: [{ property: 'tame', op: '=', value: 'true' }] }] },
  },
  {
    ...{ resourceType: 'ValueSet', id: 'own-dogs', url: 'http://example.org/own/dogs', ...common },
    compose: { include: [{ system: animals, concept: [{ code: 'dog' }, { code: 'puppy' }] }] },
  },
];
