/** Faults of JSON as a text, and of what is in a resource whichever it is. https://hl7.org/fhir/R5/json.html */
import { elementsOf, memberOf, resourceTypes } from '@dhp/fhir-model';
import type { Json } from '../../../packages/fhir-validation/test/published.ts';
import { inMember, inObject, inResource, put, type Fault, type Faults } from '../faults/fault.ts';
import { valueOfType } from '../odd/index.ts';

/** The text of the resource with a part of it replaced, at a place of chance. */
const inText = (pattern: RegExp, change: (found: string) => string): Fault =>
  inResource('*', (resource, random) => {
    const text = JSON.stringify(resource);
    const all = [...text.matchAll(pattern)];
    if (all.length === 0) return undefined;
    const { index, 0: found } = random.pick(all);
    return text.slice(0, index) + change(found) + text.slice(index + found.length);
  });

/** Letters of another script that look like these. */
const alike: Readonly<Record<string, string>> = { a: 'а', e: 'е', o: 'о', c: 'с' };

export const textFaults: Faults = {
  'text: a number in quotes': inText(/(?<=:)-?\d+(?:\.\d+)?(?=[,}])/g, (found) => `"${found}"`),
  'text: a number spelt otherwise': inText(
    /(?<=:)-?\d+(?:\.\d+)?(?=[,}])/g,
    (found) => `${found}${found.includes('.') ? '0' : '.0'}`,
  ),
  'text: a flag in quotes': inText(/(?<=:)(?:true|false)(?=[,}])/g, (found) => `"${found}"`),
  'text: a name in another case': inText(
    /(?<=[,{]")[a-z]\w+(?=":)/g,
    (found) => found.charAt(0).toUpperCase() + found.slice(1),
  ),
  'text: a name with an underscore': inText(/(?<=[,{]")[a-z]\w+(?=":)/g, (found) => `_${found}`),
  'text: a name twice': inText(/(?<=[,{])"[a-z]\w+":"[^"\\]*"/g, (found) => `${found},${found}`),
  'text: a character written as an escape': inText(
    /[a-z](?=[^"\\]*"[,}])/g,
    (found) => `\\u00${found.charCodeAt(0).toString(16)}`,
  ),
  'text: a letter that looks alike': inText(/[aeoc](?=[^"\\]*"[,}])/g, (found) => alike[found]!),
  'text: a control character': inText(/(?<=:"[^"\\]{2})(?=[^"\\]*"[,}])/g, () => '\\u0001'),
};

export const generalFaults: Faults = {
  'resource called another type': inResource('*', (resource, random) => ({
    ...resource,
    resourceType: random.pick([...resourceTypes]),
  })),
  'choice of another type': inObject('*', (object, random, type) => {
    const names = Object.keys(object).filter((name) => {
      const member = memberOf(type, name);
      return member?.element.choice === true && !member.isSibling;
    });
    if (names.length === 0 || type === 'Extension') return undefined;
    const name = random.pick(names);
    const { element } = memberOf(type, name)!;
    const other = random.oneIn(4)
      ? random.pick(['string', 'Quantity', 'Address', 'boolean', 'None'])
      : random.pick(element.types);
    const { [name]: _gone, ...rest } = object;
    return { ...rest, [element.name + other.charAt(0).toUpperCase() + other.slice(1)]: valueOfType(other, random) };
  }),
  'element of another element': inObject('*', (object, random) => {
    const names = Object.keys(object).filter((name) => name !== 'resourceType');
    if (names.length < 2) return undefined;
    const [from, to] = [random.pick(names), random.pick(names)];
    return from === to ? undefined : { ...object, [to]: object[from] };
  }),
  'element more often than it may': inMember((object, name, { element }) =>
    Array.isArray(object[name]) || element.max > 1 ? undefined : { ...object, [name]: [object[name], object[name]] },
  ),
  'element that is new': inObject('*', (object, random, type) => {
    const absent = [...(elementsOf(type)?.values() ?? [])].filter(
      ({ name, choice }) =>
        !choice && !(name in object) && !/^(?:id|contained|extension|modifierExtension|text)$/.test(name),
    );
    if (absent.length === 0) return undefined;
    const { name, types, max } = random.pick(absent);
    const value = valueOfType(types[0]!, random);
    return { ...object, [name]: max > 1 !== random.oneIn(10) ? [value] : value };
  }),
  'element id': inObject('*', (object, random, type) =>
    object['resourceType'] === type
      ? undefined
      : { ...object, id: random.pick(['a', 'a b', '', ' ', 5, 'a_b', 'x'.repeat(70), '#a']) },
  ),
  'language of a resource': inResource('*', (resource, random) => ({
    ...resource,
    language: random.pick(['uz', 'uz-UZ', 'UZ', 'en_US', 'xx', 'i-none', 'zz-Zzzz', 'english', 'en-US-x-a']),
  })),
  'implicit rules of a resource': inResource('*', (resource, random) => ({
    ...resource,
    implicitRules: random.pick(['http://example.org/rules', 'a', '', 'urn:uuid:1']),
  })),
  'id of a resource': inResource('*', (resource, random) => ({
    ...resource,
    id: random.pick([
      'a/b',
      'a b',
      '.',
      '..',
      'ä',
      'x'.repeat(64),
      'x'.repeat(65),
      '',
      'urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0',
      5,
    ]),
  })),
  'text of many characters': inMember((object, name, { type }, _of, random) =>
    type === 'string' || type === 'markdown'
      ? put(object, name, random.pick(['a'.repeat(2000), 'ü'.repeat(300), 'a\u2028b', 'a\u200eb', '\u{1F600}']))
      : undefined,
  ),
  'value of the other kind of date': inMember((object, name, { type }, _of, random) => {
    if (!/^(?:date|dateTime|instant)$/.test(type)) return undefined;
    return put(
      object,
      name,
      random.pick([
        '2026',
        '2026-02',
        '2026-02-03',
        '2026-02-03T04:05:06Z',
        '2026-02-03T04:05:06.789+05:00',
        '2026-02-03T04:05Z',
        '1899-12-31',
        '2101-01-01',
        '0999-01-01',
        '2026-02-03T04:05:06-00:00',
      ]),
    );
  }),
  'null among values': inMember((object, name, { type }) => {
    const value = object[name];
    return Array.isArray(value) && type !== '' ? { ...object, [name]: [...(value as Json[]), null] } : undefined;
  }),
};
