import { typeOf, type MemberModel } from '@dhp/fhir-model';
import { changes } from '../../../packages/fhir-validation/test/mutants.ts';
import { firstOf, inMember, inObject, inResource, put, without, type Faults } from './fault.ts';

const isPrimitive = ({ type }: MemberModel): boolean => typeOf(type)?.kind === 'primitive';

/** The faults that each hold of every element they fit. */
const systematic: Faults = Object.fromEntries(
  Object.entries(changes).map(([kind, change]) => [
    kind,
    inMember((object, name, member, type) => change(object, name, member, type)),
  ]),
);

/** Faults of structure, of JSON, and of primitive types. */
export const structureFaults: Faults = {
  ...systematic,
  'member twice in the text': inResource('*', (resource, random) => {
    const names = Object.keys(resource).filter((name) => name !== 'resourceType');
    if (names.length === 0) return undefined;
    const name = random.pick(names);
    return `${JSON.stringify(resource).slice(0, -1)},${JSON.stringify(name)}:${JSON.stringify(resource[name])}}`;
  }),
  'text that is cut off': inResource('*', (resource) => JSON.stringify(resource).slice(0, -2)),
  'comma too many': inResource('*', (resource) => `${JSON.stringify(resource).slice(0, -1)},}`),
  'comment in the text': inResource('*', (resource) => `${JSON.stringify(resource).slice(0, -1)}/* x */}`),
  'no resource type': inResource('*', (resource) => without(resource, 'resourceType')),
  'unknown resource type': inResource('*', (resource) => ({ ...resource, resourceType: 'Pacient' })),
  'type of another resource': inResource('*', (resource) => ({ ...resource, resourceType: 'Basic' })),
  'another case of a name': inMember((object, name) => {
    const other = name.charAt(0).toUpperCase() + name.slice(1);
    return other === name ? undefined : { ...without(object, name), [other]: object[name] };
  }),
  'member left out': inMember((object, name, _member, type) =>
    type === 'Extension' || name === 'resourceType' ? undefined : without(object, name),
  ),
  'list in a list': inMember((object, name) =>
    Array.isArray(object[name]) ? { ...object, [name]: [object[name]] } : undefined,
  ),
  'null in a list': inMember((object, name) =>
    Array.isArray(object[name]) ? { ...object, [name]: [...(object[name] as unknown[]), null] } : undefined,
  ),
  'item twice in a list': inMember((object, name) =>
    Array.isArray(object[name])
      ? { ...object, [name]: [...(object[name] as unknown[]), firstOf(object[name])] }
      : undefined,
  ),
  'boolean for an object': inMember((object, name, member) =>
    isPrimitive(member) ? undefined : put(object, name, true),
  ),
  'companion of a complex element': inMember((object, name, member) =>
    isPrimitive(member) ? undefined : { ...object, [`_${name}`]: { id: 'x' } },
  ),
  'companion that is text': inMember((object, name, member) =>
    isPrimitive(member) && member.type !== 'xhtml' ? { ...object, [`_${name}`]: 'x' } : undefined,
  ),
  'companion that is longer': inMember((object, name, member) =>
    isPrimitive(member) && Array.isArray(object[name])
      ? { ...object, [`_${name}`]: [...(object[name] as unknown[]).map(() => null), { id: 'x' }] }
      : undefined,
  ),
  'companion without a value': inMember((object, name, member) =>
    isPrimitive(member) && !Array.isArray(object[name]) && object[`_${name}`] === undefined && name !== 'id'
      ? { ...without(object, name), [`_${name}`]: { extension: [absent] } }
      : undefined,
  ),
  'empty companion': inMember((object, name, member) =>
    isPrimitive(member) && !Array.isArray(object[name]) && object[`_${name}`] === undefined && name !== 'id'
      ? { ...object, [`_${name}`]: {} }
      : undefined,
  ),
  'element id twice': inObject('*', (object) => {
    const parts = Object.entries(object).filter(([, value]) => Array.isArray(value) && typeof value[0] === 'object');
    const [name, list] = parts.find(([one]) => one !== 'contained' && one !== 'entry') ?? [];
    if (name === undefined || (list as unknown[]).length < 2) return undefined;
    return { ...object, [name]: (list as object[]).map((one, i) => (i < 2 ? { ...one, id: 'twice' } : one)) };
  }),
  'element id with a space': inObject('*', (object, _random, type) =>
    typeOf(type)?.kind === 'resource' ? undefined : { ...object, id: 'a b' },
  ),
  'id that is too long': inResource('*', (resource) => ({ ...resource, id: 'x'.repeat(65) })),
  'no id': inResource('*', (resource) => without(resource, 'id')),
};

const absent = { url: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason', valueCode: 'unknown' };

/** A change of every value of a type. */
const ofType = (types: string, value: (old: unknown) => unknown): Faults[string] => {
  const wanted = new Set(types.split(' '));
  return inMember((object, name, member) => {
    if (!wanted.has(member.type) || name === 'resourceType') return undefined;
    const made = value(firstOf(object[name]));
    return made === undefined ? undefined : put(object, name, made);
  });
};

const onText = (change: (text: string) => string) => (old: unknown) =>
  typeof old === 'string' ? change(old) : undefined;

/** Faults in values of primitive types. */
export const primitiveFaults: Faults = {
  'space after a code': ofType(
    'code',
    onText((old) => `${old} `),
  ),
  'two spaces in a code': ofType(
    'code',
    onText((old) => `${old}  x`),
  ),
  'space before a text': ofType(
    'string markdown',
    onText((old) => ` ${old}`),
  ),
  'text of spaces': ofType('string markdown code uri', () => '   '),
  'control character in a text': ofType(
    'string markdown',
    onText((old) => `${old}\u0007`),
  ),
  'direction mark in a text': ofType(
    'string markdown',
    onText((old) => `${old}\u202e`),
  ),
  'markup in a text': ofType(
    'string',
    onText((old) => `${old} <b>x</b>`),
  ),
  'markup in markdown': ofType(
    'markdown',
    onText((old) => `${old} <script>x</script>`),
  ),
  'month that does not exist': ofType('date dateTime', () => '2026-13'),
  'year of three digits': ofType('date dateTime', () => '202'),
  'date as people write it': ofType('date dateTime instant', () => '31.01.2026'),
  'hour that does not exist': ofType('dateTime instant', () => '2026-01-31T25:00:00Z'),
  'zone that does not exist': ofType('dateTime instant', () => '2026-01-31T10:00:00+15:00'),
  'time to the minute': ofType('dateTime instant', () => '2026-01-31T10:00Z'),
  'date long ago': ofType('date dateTime', () => '1066-10-14'),
  'date alone as an instant': ofType('instant', () => '2026-01-31'),
  'decimal of many digits': ofType('decimal', () => 1.2345678901234567e-30),
  'huge decimal': ofType('decimal', () => 1e300),
  'relative uri': ofType('uri url canonical', () => 'no/such/thing'),
  'word as a uri': ofType('uri canonical', () => 'thing'),
  'oid that is none': ofType('uri oid', () => 'urn:oid:1.2.x'),
  'uuid that is none': ofType('uri uuid', () => 'urn:uuid:1234'),
  'scheme that nobody has': ofType('uri url', () => 'nosuch:thing'),
  'canonical with two versions': ofType(
    'canonical',
    onText((old) => `${old}|1|2`),
  ),
  'canonical of nothing': ofType('canonical', () => 'http://example.org/no-such-thing'),
  'canonical of another version': ofType(
    'canonical',
    onText((old) => `${old.split('|')[0]!}|99.0.0`),
  ),
  'zero for a positive count': ofType('positiveInt', () => 0),
  'integer as text': ofType('integer integer64 unsignedInt positiveInt', (old) => String(old)),
  'time that does not exist': ofType('time', () => '25:61:00'),
  'base64 cut off': ofType(
    'base64Binary',
    onText((old) => old.slice(0, -1)),
  ),
};
