/** Published examples with shapes that JSON of FHIR does not have. https://hl7.org/fhir/R5/json.html */
import type { Json } from '../../../packages/fhir-validation/test/published.ts';
import type { Random } from '../../random.ts';

type Path = readonly (string | number)[];

interface Place {
  readonly owner: Record<string, unknown>;
  readonly name: string;
}

/** Members at all depths, outside of narratives. */
function* members(value: unknown, path: Path = []): Generator<Place> {
  if (Array.isArray(value)) for (const [i, one] of value.entries()) yield* members(one, [...path, i]);
  else if (typeof value === 'object' && value !== null)
    for (const [name, one] of Object.entries(value)) {
      if (name === 'text' && path.length === 0) continue;
      yield { owner: value as Record<string, unknown>, name };
      yield* members(one, [...path, name]);
    }
}

type Change = (place: Place, random: Random) => boolean;

/** Changes a member; false if it is not of the kind that the change is about. */
const changes: Readonly<Record<string, Change>> = {
  null: ({ owner, name }) => set(owner, name, null),
  'an empty object': ({ owner, name }) => set(owner, name, {}),
  'an empty list': ({ owner, name }) => set(owner, name, []),
  'an empty text': ({ owner, name }) => typeof owner[name] === 'string' && set(owner, name, ''),
  'a list in a list': ({ owner, name }) => Array.isArray(owner[name]) && set(owner, name, [owner[name]]),
  'no list': ({ owner, name }) => Array.isArray(owner[name]) && set(owner, name, (owner[name] as unknown[])[0]),
  'a list of one': ({ owner, name }) => !Array.isArray(owner[name]) && set(owner, name, [owner[name]]),
  'a list of two': ({ owner, name }) => !Array.isArray(owner[name]) && set(owner, name, [owner[name], owner[name]]),
  'an object for a value': ({ owner, name }) => isPrimitive(owner[name]) && set(owner, name, { value: owner[name] }),
  'a value for an object': ({ owner, name }) => isObject(owner[name]) && set(owner, name, 'a'),
  'a number as text': ({ owner, name }) => typeof owner[name] === 'number' && set(owner, name, String(owner[name])),
  'a text as number': ({ owner, name }) => typeof owner[name] === 'string' && set(owner, name, 5),
  'a boolean as text': ({ owner, name }) => typeof owner[name] === 'boolean' && set(owner, name, String(owner[name])),
  'a boolean for a text': ({ owner, name }) => typeof owner[name] === 'string' && set(owner, name, true),
  'null in a list': ({ owner, name }) =>
    Array.isArray(owner[name]) && set(owner, name, [...(owner[name] as unknown[]), null]),
  'a value in a list of objects': ({ owner, name }) =>
    Array.isArray(owner[name]) && set(owner, name, [...(owner[name] as unknown[]), 'a']),
  'another case': ({ owner, name }, random) =>
    rename(owner, name, random.oneIn(2) ? name.toUpperCase() : name.charAt(0).toUpperCase() + name.slice(1)),
  'an underscore': ({ owner, name }) => isPrimitive(owner[name]) && rename(owner, name, `_${name}`),
  'an id beside a value': ({ owner, name }) => isPrimitive(owner[name]) && set(owner, `_${name}`, { id: 'a' }),
  'an id that is none': ({ owner, name }, random) =>
    isObject(owner[name]) &&
    set(owner[name] as Record<string, unknown>, 'id', random.pick(['a b', '', 5, 'x'.repeat(70), 'ä'])),
  'an extension beside a value': ({ owner, name }) =>
    isPrimitive(owner[name]) &&
    set(owner, `_${name}`, { extension: [{ url: 'http://provoked.test/e', valueString: 'a' }] }),
  'nothing beside a value': ({ owner, name }) => isPrimitive(owner[name]) && set(owner, `_${name}`, null),
  'an empty object beside a value': ({ owner, name }) => isPrimitive(owner[name]) && set(owner, `_${name}`, {}),
  'a text beside a value': ({ owner, name }) => isPrimitive(owner[name]) && set(owner, `_${name}`, 'a'),
  'a member beside a value': ({ owner, name }) => isPrimitive(owner[name]) && set(owner, `_${name}`, { value: 'a' }),
  'beside an object': ({ owner, name }) =>
    isObject(owner[name]) &&
    set(owner, `_${name}`, { extension: [{ url: 'http://provoked.test/e', valueString: 'a' }] }),
  'a list beside a value': ({ owner, name }) => isPrimitive(owner[name]) && set(owner, `_${name}`, [{ id: 'a' }]),
  'comments in a member': ({ owner, name }) =>
    isObject(owner[name]) && set(owner[name] as Record<string, unknown>, 'fhir_comments', ['a']),
  'a resourceType within': ({ owner, name }) =>
    isObject(owner[name]) && set(owner[name] as Record<string, unknown>, 'resourceType', 'Patient'),
  'an unknown member': ({ owner, name }, random) =>
    isObject(owner[name]) &&
    set(owner[name] as Record<string, unknown>, random.pick(['foo', 'value', '$a', '', '_foo', 'a.b']), 'a'),
  'a choice without type': ({ owner, name }) =>
    /^(?:value|effective|onset|occurrence)[A-Z]/.test(name) && rename(owner, name, name.replace(/[A-Z].*/, '')),
  'a choice of two': ({ owner, name }) =>
    /^value[A-Z]/.test(name) &&
    set(owner, name === 'valueString' ? 'valueBoolean' : 'valueString', name === 'valueString' ? true : 'a'),
  'another type of a choice': ({ owner, name }, random) =>
    /^value[A-Z]/.test(name) &&
    rename(owner, name, random.pick(['valueString', 'valueInteger', 'valueCode', 'valueQuantity', 'valueFoo'])),
  'white space': ({ owner, name }, random) =>
    typeof owner[name] === 'string' &&
    set(owner, name, random.pick([` ${owner[name]}`, `${owner[name]} `, ' ', '\t', `${owner[name]}\u0000`])),
};

const isPrimitive = (value: unknown): boolean => ['string', 'number', 'boolean'].includes(typeof value);
const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);

function set(owner: Record<string, unknown>, name: string, value: unknown): boolean {
  owner[name] = value;
  return true;
}

function rename(owner: Record<string, unknown>, from: string, to: string): boolean {
  if (from === to || from === 'resourceType') return false;
  owner[to] = owner[from];
  Reflect.deleteProperty(owner, from);
  return true;
}

/** Changes of the text as a whole. */
const texts: Readonly<Record<string, (text: string, random: Random) => string>> = {
  'a mark of the order of bytes': (text) => `\ufeff${text}`,
  'a member twice': (text) => text.replace(/"(\w+)":("[^"]*"|true|false|\d+)(?=[,}])/, '"$1":$2,"$1":$2'),
  'a member twice with another value': (text) => text.replace(/"(\w+)":("[^"]*")(?=[,}])/, '"$1":$2,"$1":"a"'),
  'white space around': (text) => ` \n\t${text}\r\n `,
  'a list of resources': (text) => `[${text}]`,
  'no resourceType': (text) => text.replace(/"resourceType":"\w+",/, ''),
  'resourceType last': (text) => text.replace(/^\{("resourceType":"\w+"),(.*)\}$/s, '{$2,$1}'),
  'a resourceType that is none': (text, random) =>
    text.replace(
      /"resourceType":"(\w+)"/,
      (_all, type: string) =>
        `"resourceType":${random.pick(['"Foo"', '5', 'null', '""', `"${type.toLowerCase()}"`, '["Patient"]', '"DomainResource"', '"HumanName"'])}`,
    ),
  'a number in another form': (text, random) =>
    text.replace(
      /:(\d+(?:\.\d+)?)(?=[,}])/,
      (_all, number: string) =>
        `:${random.pick([`${number}e2`, `${number}.0`, `-${number}`, `0${number}`, `${number}E+1`, `+${number}`, '1e400', '.5', '5.', 'NaN'])}`,
    ),
  'an escape': (text) =>
    text.replace(
      /:"(\w)([^"\\]*)"/g,
      (_all, first: string, rest: string) => `:"\\u${first.charCodeAt(0).toString(16).padStart(4, '0')}${rest}"`,
    ),
};

const oneTextIn = 6;

/** A text of chance made of a resource; undefined if the change that was drawn finds no place. */
export function misshapen(
  resource: Json,
  random: Random,
): { readonly kind: string; readonly text: string } | undefined {
  if (random.oneIn(oneTextIn)) {
    const [kind, change] = random.pick(Object.entries(texts));
    const before = JSON.stringify(resource);
    const text = change(before, random);
    return text === before ? undefined : { kind: `text: ${kind}`, text };
  }
  const copy = structuredClone(resource);
  const [kind, change] = random.pick(Object.entries(changes));
  const all = [...members(copy)];
  for (let tries = 0; tries < 20; tries += 1)
    if (change(random.pick(all), random)) return { kind: `member: ${kind}`, text: JSON.stringify(copy) };
  return undefined;
}
