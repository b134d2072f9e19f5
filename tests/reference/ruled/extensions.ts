/** Extensions that HL7 publishes, where they belong and elsewhere, right and wrong. https://hl7.org/fhir/R5/extensibility.html */
import { published, type Json } from '../../../packages/fhir-validation/test/published.ts';
import type { Random } from '../../random.ts';
import { added, inObject, inResource, without, type Fault, type Faults } from '../faults/fault.ts';
import { valueOfType } from '../odd/index.ts';

/** A published extension as its definition has it. */
interface Published {
  readonly url: string;
  readonly contexts: readonly string[];
  readonly isModifier: boolean;
  /** Types of its value; none of one that has parts. */
  readonly types: readonly string[];
  readonly parts: readonly { readonly url: string; readonly types: readonly string[]; readonly min: number }[];
}

interface Element {
  readonly id: string;
  readonly min?: number;
  readonly max?: string;
  readonly fixedUri?: string;
  readonly isModifier?: boolean;
  readonly type?: readonly { readonly code: string }[];
}

function publishedOf(definition: Json): Published {
  const elements = (definition['snapshot'] as { element: Element[] }).element;
  const typesOf = (id: string): string[] => {
    const element = elements.find((one) => one.id === id);
    return element === undefined || element.max === '0' ? [] : (element.type ?? []).map(({ code }) => code);
  };
  const parts = elements.flatMap(({ id, min = 0 }) => {
    const slice = /^Extension\.extension:([^.]+)$/.exec(id)?.[1];
    const url = elements.find((one) => one.id === `${id}.url`)?.fixedUri;
    return slice === undefined ? [] : [{ url: url ?? slice, types: typesOf(`${id}.value[x]`), min }];
  });
  const contexts = (definition['context'] as { type: string; expression: string }[] | undefined) ?? [];
  return {
    url: String(definition['url']),
    contexts: contexts.flatMap(({ type, expression }) => (type === 'element' ? [expression] : [])),
    isModifier: elements[0]?.isModifier === true,
    types: typesOf('Extension.value[x]'),
    parts,
  };
}

let kept: readonly Published[] | undefined;

/** All published extensions, read when they are needed. */
function all(): readonly Published[] {
  return (kept ??= [...published('extensions', 'StructureDefinition')].flatMap(({ resource }) =>
    resource['type'] === 'Extension' && resource['derivation'] === 'constraint' ? [publishedOf(resource)] : [],
  ));
}

const memberFor = (type: string): string => `value${type.charAt(0).toUpperCase()}${type.slice(1)}`;

/** A value of one of the types, as a member. */
function valued(types: readonly string[], random: Random): Json {
  const type = random.pick(types);
  return { [memberFor(type)]: valueOfType(type, random) };
}

/** The extension as its definition asks for it. */
function written(one: Published, random: Random): Json {
  if (one.parts.length === 0) return { url: one.url, ...(one.types.length > 0 && valued(one.types, random)) };
  const parts = one.parts.filter(({ min }) => min > 0 || random.oneIn(2));
  return {
    url: one.url,
    extension: (parts.length > 0 ? parts : one.parts.slice(0, 1)).map(({ url, types }) => ({
      url,
      ...(types.length > 0 && valued(types, random)),
    })),
  };
}

type Spoil = (extension: Json, one: Published, random: Random) => Json | readonly Json[] | undefined;

const isIn = (one: Published, type: string): boolean =>
  one.contexts.some((context) => context === type || context === 'Element');

/** An extension put at an object that it belongs to. */
const atHome = (spoil: Spoil): Fault =>
  inObject('*', (object, random, type) => {
    if (/^(?:Extension|Bundle|Parameters|Binary)$/.test(type)) return undefined;
    const fitting = all().filter((one) => isIn(one, type));
    if (fitting.length === 0) return undefined;
    const one = random.pick(fitting);
    return put(object, one, spoil(written(one, random), one, random));
  });

function put(object: Json, { isModifier }: Published, made: ReturnType<Spoil>): Json | undefined {
  if (made === undefined) return undefined;
  const items = Array.isArray(made) ? (made as readonly Json[]) : [made as Json];
  return added(object, isModifier ? 'modifierExtension' : 'extension', ...items);
}

/** Beside a primitive value, where the context is one. */
const besidePrimitive: Fault = inObject('*', (object, random, type) => {
  const names = Object.keys(object).filter(
    (name) =>
      /^[a-z]/.test(name) &&
      /^(?:string|number|boolean)$/.test(typeof object[name]) &&
      !/^(?:resourceType|id|url|div)$/.test(name),
  );
  const fitting = names.flatMap((name) =>
    all()
      .filter((one) => one.contexts.includes(`${type}.${name}`))
      .map((one) => ({ name, one })),
  );
  if (fitting.length === 0) return undefined;
  const { name, one } = random.pick(fitting);
  return { ...object, [`_${name}`]: { extension: [written(one, random)] } };
});

const anyTypes = [
  'boolean',
  'string',
  'code',
  'Coding',
  'CodeableConcept',
  'Reference',
  'Quantity',
  'date',
  'uri',
  'integer',
  'Period',
  'Identifier',
];

export const extensionFaults: Faults = {
  'published extension at home': atHome((extension) => extension),
  'published extension beside a value': besidePrimitive,
  'published extension with a value of another type': atHome((_extension, { url, types }, random) =>
    types.length === 0
      ? undefined
      : {
          url,
          ...valued(
            anyTypes.filter((one) => !types.includes(one)),
            random,
          ),
        },
  ),
  'published extension twice': atHome((extension) => [extension, extension]),
  'published extension without its value': atHome((_extension, { url }) => ({ url })),
  'published extension with an id alone': atHome((_extension, { url }) => ({ url, id: 'a' })),
  'published extension with a value and parts': atHome((extension, { parts }, random) =>
    parts.length === 0
      ? { ...extension, extension: [{ url: 'a', valueString: 'a' }] }
      : { ...extension, ...valued(['string', 'boolean'], random) },
  ),
  'published extension without a part': atHome((extension, { parts }) =>
    parts.length === 0 ? undefined : { ...extension, extension: (extension['extension'] as Json[]).slice(1) },
  ),
  'published extension with a part twice': atHome((extension, { parts }, random) =>
    parts.length === 0 ? undefined : added(extension, 'extension', random.pick(extension['extension'] as Json[])),
  ),
  'published extension with a part that it has not': atHome((extension, { parts }, random) =>
    parts.length === 0
      ? undefined
      : added(extension, 'extension', {
          url: random.pick(['none', 'http://example.org/part', 'http://hl7.org/fhir/StructureDefinition/none']),
          valueString: 'a',
        }),
  ),
  'published extension with a part of another type': atHome((extension, { parts }, random) => {
    if (parts.length === 0) return undefined;
    const [first, ...rest] = extension['extension'] as Json[];
    return { ...extension, extension: [{ url: first!['url'], ...valued(anyTypes, random) }, ...rest] };
  }),
  'published extension of a version': atHome((extension, { url }, random) => ({
    ...extension,
    url: url + random.pick(['|5.0.0', '|5.3.0-ballot-tc1', '/', '#a', ' ', '-x']),
  })),
  'published extension anywhere': inObject('*', (object, random, type) => {
    if (/^(?:Extension|Bundle|Parameters|Binary)$/.test(type)) return undefined;
    const one = random.pick(all());
    return put(object, one, written(one, random));
  }),
  'published extension in the other list': inObject('*', (object, random, type) => {
    if (/^(?:Extension|Bundle|Parameters|Binary)$/.test(type)) return undefined;
    const fitting = all().filter((one) => isIn(one, type));
    if (fitting.length === 0) return undefined;
    const one = random.pick(fitting);
    return put(object, { ...one, isModifier: !one.isModifier }, written(one, random));
  }),
  'published extension on an extension': inObject('*', (object, random, type) => {
    if (type !== 'Extension') return undefined;
    const one = random.pick(all());
    const member = Object.keys(object).find((name) => name.startsWith('value'));
    const value = member && object[member];
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    return { ...object, [member!]: added(value as Json, 'extension', written(one, random)) };
  }),
  'published extension in the metadata': inResource('*', (resource, random) => {
    const one = random.pick(all());
    return {
      ...resource,
      meta: added((resource['meta'] as Json | undefined) ?? {}, 'extension', written(one, random)),
    };
  }),
  'reason for a value that is there': inObject('*', (object, random, type) => {
    const names = Object.keys(object).filter(
      (name) => typeof object[name] === 'string' && !/^(?:resourceType|id|url|div|reference)$/.test(name),
    );
    if (names.length === 0 || type === 'Extension') return undefined;
    const url = `http://hl7.org/fhir/StructureDefinition/${random.pick(['data-absent-reason', 'iso21090-nullFlavor', 'rendering-style', 'translation', 'originalText'])}`;
    const name = random.pick(names);
    const extension = {
      url,
      [random.pick(['valueCode', 'valueString'])]: random.pick(['unknown', 'UNK', 'masked', 'none']),
    };
    const sibling = { [`_${name}`]: { extension: [extension] } };
    return random.oneIn(2) ? { ...object, ...sibling } : { ...without(object, name), ...sibling };
  }),
};
