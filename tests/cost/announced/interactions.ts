/** Hostile reads and writes, by the interactions that are announced. */
import { bundle, create, createXml, entry, fhirJson, list, patient } from '../requests.ts';
import type { Sent } from '../shape.ts';
import type { Announced } from './announced.ts';
import { broadChains } from './chains.ts';
import { noGenerator, type Hostile } from './generator.ts';

const extensions = (n: number): object[] =>
  list(n, (i) => ({ url: `http://example.org/e${i % 7}`, valueString: `v${i}` }));
const nested = (n: number): object => {
  let extension: object = { url: 'http://example.org/e', valueBoolean: true };
  for (let i = 0; i < n; i += 1) extension = { url: 'http://example.org/e', extension: [extension] };
  return extension;
};
const sent = (method: string, path: string, body: object): Sent => ({
  ...{ method, path, body: JSON.stringify(body), headers: fhirJson },
});
const read = (path: string, headers: Readonly<Record<string, string>> = {}): Sent => ({ method: 'GET', path, headers });
const etags = (n: number): string => list(n, (i) => `W/"${i}"`).join(', ');

/** Writes of a resource that has much of one thing. */
function writes(type: string, write: (resource: { resourceType: string }) => Sent, how: string): Hostile[] {
  return [
    {
      name: `${how} of ${type} with many extensions`,
      n: 100,
      make: (n) => write(ofType(type, { extension: extensions(n) })),
    },
    {
      name: `${how} of ${type} with extensions in each other`,
      n: 10,
      make: (n) => write(ofType(type, { extension: [nested(n)] })),
    },
    {
      ...{ name: `${how} of ${type} with many tags`, n: 50 },
      make: (n) =>
        write(ofType(type, { meta: { tag: list(n, (i) => ({ system: 'http://example.org/t', code: `t${i}` })) } })),
    },
    {
      ...{ name: `${how} of ${type} with many members`, n: 100 },
      make: (n) => write(ofType(type, Object.fromEntries(list(n, (i) => [`member${i}`, i])))),
    },
    {
      ...{ name: `${how} of ${type} with a long narrative`, n: 100 },
      make: (n) => {
        const div = `<div xmlns="http://www.w3.org/1999/xhtml">${'<p class="a">x</p>'.repeat(n)}</div>`;
        return write(ofType(type, { text: { status: 'generated', div } }));
      },
    },
  ];
}

function ofType(type: string, more: object): { resourceType: string } {
  return { resourceType: type, ...more };
}

const ofTypes: Readonly<Record<string, (type: string) => Hostile[]>> = {
  read: (type) => [
    { name: `a read of ${type} by a long id`, n: 500, make: (n) => read(`${type}/${'a'.repeat(n)}`) },
    {
      name: `a read of ${type} with many elements`,
      n: 50,
      make: (n) => read(`${type}/p0?_elements=${list(n, (i) => `e${i}`).join(',')}`),
    },
  ],
  vread: (type) => [
    { name: `a vread of ${type} of a long version`, n: 500, make: (n) => read(`${type}/p0/_history/${'9'.repeat(n)}`) },
  ],
  update: (type) => writes(type, (resource) => sent('PUT', `${type}/h`, { ...resource, id: 'h' }), 'an update'),
  patch: (type) => [
    {
      ...{ name: `a patch of ${type} of many operations`, n: 20 },
      make: (n) =>
        jsonPatch(
          `${type}/p0`,
          list(n, () => ({ op: 'add', path: '/language', value: 'uz' })),
        ),
    },
  ],
  delete: (type) => [
    {
      name: `a delete of ${type} by a long id`,
      n: 500,
      make: (n) => ({ method: 'DELETE', path: `${type}/${'z'.repeat(n)}` }),
    },
  ],
  'history-instance': (type) => [
    {
      name: `a history of ${type} with many times`,
      n: 20,
      make: (n) => read(`${type}/p0/_history?${list(n, () => '_since=2000-01-01T00:00:00Z').join('&')}`),
    },
  ],
  'history-type': (type) => [
    {
      name: `a history of all ${type} with many elements`,
      n: 50,
      make: (n) => read(`${type}/_history?_elements=${list(n, (i) => `e${i}`).join(',')}`),
    },
  ],
  create: (type) => [
    ...writes(type, create, 'a create'),
    {
      ...{ name: `a create of ${type} in XML`, n: 50 },
      make: (n) =>
        createXml(
          type,
          list(n, (i) => `<extension url="http://example.org/e"><valueString value="v${i}"/></extension>`).join(''),
        ),
    },
  ],
  'search-type': (type) => [
    ...(type === 'Patient' ? broadChains() : []),
    {
      ...{ name: `a search of ${type} by parameters that nobody knows`, n: 50 },
      make: (n) => ({
        ...{
          method: 'POST',
          path: `${type}/_search`,
          headers: { 'content-type': 'application/x-www-form-urlencoded' },
        },
        body: list(n, (i) => `nothing${i}=${i}`).join('&'),
      }),
    },
  ],
};

function jsonPatch(path: string, operations: readonly object[]): Sent {
  return {
    method: 'PATCH',
    path,
    body: JSON.stringify(operations),
    headers: { 'content-type': 'application/json-patch+json' },
  };
}

const ofSystem: Readonly<Record<string, readonly Hostile[]>> = {
  transaction: [
    {
      name: 'a transaction of many creates',
      n: 20,
      make: (n) =>
        bundle(
          'transaction',
          list(n, () => entry('POST', 'Patient', patient())),
        ),
    },
    {
      name: 'a transaction of many conditional creates',
      n: 10,
      make: (n) =>
        bundle(
          'transaction',
          list(n, (i) => entry('POST', 'Patient', patient(), { request: { ifNoneExist: `identifier=t${i}` } })),
        ),
    },
    {
      name: 'a transaction of entries that are none',
      n: 50,
      make: (n) =>
        bundle(
          'transaction',
          list(n, () => ({})),
        ),
    },
  ],
  batch: [
    {
      name: 'a batch of many reads',
      n: 20,
      make: (n) =>
        bundle(
          'batch',
          list(n, () => entry('GET', 'Patient/p0')),
        ),
    },
    {
      name: 'a batch of many searches',
      n: 10,
      make: (n) =>
        bundle(
          'batch',
          list(n, (i) => entry('GET', `Patient?family=f${i}`)),
        ),
    },
    {
      name: 'a batch of batches',
      n: 10,
      make: (n) =>
        bundle(
          'batch',
          list(n, () => entry('POST', '', { resourceType: 'Bundle', type: 'batch' })),
        ),
    },
  ],
  'search-system': [
    {
      name: 'a search of all types by many ids',
      n: 20,
      make: (n) => read(`?_id=${list(n, (i) => `p${i}`).join(',')}`),
    },
  ],
  'history-system': [
    {
      name: 'a history of everything with many types',
      n: 20,
      make: (n) => read(`_history?_type=${list(n, () => 'Patient').join(',')}`),
    },
  ],
};

export function ofInteraction({ type, code }: Extract<Announced, { kind: 'interaction' }>): readonly Hostile[] {
  const made = type === undefined ? ofSystem[code] : ofTypes[code]?.(type);
  if (made === undefined) throw noGenerator(`the interaction ${code} of ${type ?? 'the system'}`);
  return made;
}

const criteria = (n: number): string =>
  `_id=${list(n, (i) => `c${i}`).join(',')}&_tag=${list(n, (i) => `t${i}`).join(',')}`;

const conditionals: Readonly<Record<string, (type: string) => Hostile>> = {
  conditionalCreate: (type) => ({
    ...{ name: `a conditional create of ${type}`, n: 20 },
    make: (n) => ({ ...create(ofType(type, {})), headers: { ...fhirJson, 'if-none-exist': criteria(n) } }),
  }),
  conditionalRead: (type) => ({
    ...{ name: `a conditional read of ${type}`, n: 20 },
    make: (n) => read(`${type}/p0`, { 'if-none-match': etags(n) }),
  }),
  conditionalUpdate: (type) => ({
    ...{ name: `a conditional update of ${type}`, n: 20 },
    make: (n) => sent('PUT', `${type}?${criteria(n)}`, ofType(type, {})),
  }),
  conditionalPatch: (type) => ({
    ...{ name: `a conditional patch of ${type}`, n: 20 },
    make: (n) => jsonPatch(`${type}?${criteria(n)}`, [{ op: 'add', path: '/language', value: 'uz' }]),
  }),
  conditionalDelete: (type) => ({
    ...{ name: `a conditional delete of ${type}`, n: 20 },
    make: (n) => ({ method: 'DELETE', path: `${type}?${criteria(n)}` }),
  }),
};

export function ofConditional({ type, member }: Extract<Announced, { kind: 'conditional' }>): readonly Hostile[] {
  const made = conditionals[member]?.(type);
  if (made === undefined) throw noGenerator(`${member} of ${type}`);
  return [made];
}

/** One change, again and again, in each format. */
const patches: Readonly<Record<string, (n: number) => string>> = {
  'application/json-patch+json': (n) =>
    JSON.stringify(list(n, (i) => ({ op: 'add', path: '/name/-', value: { family: `f${i}` } }))),
  'application/fhir+json': (n) =>
    JSON.stringify({
      resourceType: 'Parameters',
      parameter: list(n, (i) => ({
        name: 'operation',
        part: [
          { name: 'type', valueCode: 'add' },
          { name: 'path', valueString: 'Patient' },
          { name: 'name', valueString: 'name' },
          { name: 'value', valueHumanName: { family: `f${i}` } },
        ],
      })),
    }),
  'application/fhir+xml': (n) =>
    `<Parameters xmlns="http://hl7.org/fhir">${list(n, (i) => `<parameter><name value="operation"/><part><name value="type"/><valueCode value="add"/></part><part><name value="path"/><valueString value="Patient"/></part><part><name value="name"/><valueString value="name"/></part><part><name value="value"/><valueHumanName><family value="f${i}"/></valueHumanName></part></parameter>`).join('')}</Parameters>`,
  'application/xml-patch+xml': (n) =>
    `<diff xmlns:f="http://hl7.org/fhir">${list(n, () => '<add sel="f:Patient"><f:language value="uz"/></add>').join('')}</diff>`,
};

export function ofPatchFormat({ mediaType }: Extract<Announced, { kind: 'patch format' }>): readonly Hostile[] {
  const body = patches[mediaType];
  if (body === undefined) throw noGenerator(`patches in ${mediaType}`);
  return [
    {
      ...{ name: `a patch in ${mediaType} of many operations`, n: 10 },
      make: (n) => ({ method: 'PATCH', path: 'Patient/p0', body: body(n), headers: { 'content-type': mediaType } }),
    },
  ];
}
