/** All places in which a caller can put its own text, for tests with forbidden characters. */
import { request } from 'node:http';
import type { TestServer } from './environment.ts';

export interface Sent {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}
export interface Heard {
  readonly status: number;
  readonly text: string;
}

/** Sends the address unchanged, without the corrections of `fetch`. */
export function ask(
  server: Pick<TestServer, 'url'>,
  token: string,
  { method, path, headers = {}, body }: Sent,
): Promise<Heard> {
  const { hostname, port, pathname } = new URL(server.url);
  return new Promise((resolve, reject) => {
    const own = { authorization: `Bearer ${token}`, 'accept-language': 'en', ...headers };
    const sent = request({ hostname, port, path: `${pathname}${path}`, method, headers: own }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(parts).toString() }));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

const fhirJson = { 'content-type': 'application/fhir+json' };
export const form = { 'content-type': 'application/x-www-form-urlencoded' };
export const json = (method: string, path: string, resource: object, headers: Record<string, string> = {}): Sent => ({
  ...{ method, path, headers: { ...fhirJson, ...headers } },
  body: JSON.stringify(resource),
});
export const get = (path: string, headers: Record<string, string> = {}): Sent => ({ method: 'GET', path, headers });
const parameters = (...parameter: readonly object[]): object => ({ resourceType: 'Parameters', parameter });
const entry = (method: string, url: string, more: object = {}): object => ({
  resourceType: 'Bundle',
  type: 'batch',
  entry: [{ request: { method, url, ...more } }],
});

/** Places of a text, by route. `c` is the character itself, `e` its escape in an address. */
export const places: Readonly<Record<string, (c: string, e: string) => Sent>> = {
  'the value of a string': (_, e) => get(`/Patient?name=a${e}b`),
  'the value of a token': (_, e) => get(`/Patient?identifier=${e}`),
  'the system of a token': (_, e) => get(`/Patient?identifier=urn:a${e}|b`),
  'the value of a uri': (_, e) => get(`/ValueSet?url=urn:a${e}`),
  'the value of a reference': (_, e) => get(`/Observation?subject=Patient/${e}`),
  'the value of a date': (_, e) => get(`/Patient?birthdate=2000${e}`),
  'the value of a quantity': (_, e) => get(`/Observation?value-quantity=5|urn:a|k${e}g`),
  'the value of a composite': (_, e) => get(`/Observation?code-value-concept=a${e}$b`),
  'an id': (_, e) => get(`/Patient?_id=${e}`),
  _text: (_, e) => get(`/Patient?_text=a${e}b`),
  _content: (_, e) => get(`/Patient?_content=a${e}b`),
  _filter: (_, e) => get(`/Patient?_filter=name+eq+%22a${e}%22`),
  _tag: (_, e) => get(`/Patient?_tag=urn:a|${e}`),
  _sort: (_, e) => get(`/Patient?_sort=a${e}`),
  _include: (_, e) => get(`/Observation?_include=Observation:subject${e}`),
  _elements: (_, e) => get(`/Patient?_elements=a${e}`),
  _count: (_, e) => get(`/Patient?_count=1${e}`),
  _cursor: (_, e) => get(`/Patient?_cursor=a${e}`),
  _since: (_, e) => get(`/_history?_since=2020${e}`),
  _type: (_, e) => get(`/?_type=Patient${e}`),
  _format: (_, e) => get(`/Patient/p?_format=json${e}`),
  'the name of a parameter': (_, e) => get(`/Patient?na${e}me=a`),
  'a modifier': (_, e) => get(`/Patient?name:exa${e}ct=a`),
  'a chain': (_, e) => get(`/Observation?subject.name=a${e}`),
  'a chain to one type': (_, e) => get(`/Observation?subject:Patient.name=a${e}`),
  _has: (_, e) => get(`/Patient?_has:Observation:subject:code=a${e}`),
  'one of several values': (_, e) => get(`/Patient?name=a,b${e}`),
  'a value with :exact': (_, e) => get(`/Patient?name:exact=a${e}`),
  'a value with :contains': (_, e) => get(`/Patient?name:contains=a${e}`),
  'a value with :not': (_, e) => get(`/Patient?gender:not=a${e}`),
  'a value with :text': (_, e) => get(`/Observation?code:text=a${e}`),
  'a value without quotation marks of _filter': (_, e) => get(`/Patient?_filter=name+eq+a${e}`),
  'a chain of _filter': (_, e) => get(`/Observation?_filter=subject:Patient.name+eq+a${e}`),
  'a search in a compartment': (_, e) => get(`/Patient/p/Observation?code=a${e}`),
  'a search of several types': (_, e) => get(`/?_type=Patient,Observation&identifier=a${e}`),
  'a value set': (_, e) => get(`/Observation?code:in=urn:a${e}`),
  'a form': (_, e) => ({ method: 'POST', path: '/Patient/_search', headers: form, body: `name=a${e}` }),
  'a type': (_, e) => get(`/Pat${e}ient/p`),
  'an id in a path': (_, e) => get(`/Patient/p${e}`),
  'a version': (_, e) => get(`/Patient/p/_history/1${e}`),
  'an operation': (_, e) => get(`/Patient/p/$me${e}ta`),
  'a compartment': (_, e) => get(`/Patient/p${e}/Observation`),
  'a parameter of $lookup': (_, e) => get(`/CodeSystem/$lookup?system=urn:a&code=${e}`),
  'a parameter of $expand': (_, e) => get(`/ValueSet/$expand?url=urn:a${e}`),
  'the filter of $expand': (_, e) =>
    get(`/ValueSet/$expand?url=http://hl7.org/fhir/ValueSet/administrative-gender&filter=m${e}`),
  'a parameter of $everything': (_, e) => get(`/Patient/p/$everything?_type=Patient${e}`),
  'a parameter of $translate': (c) =>
    json('POST', '/ConceptMap/$translate', parameters({ name: 'url', valueUri: `urn:a${c}` })),
  'the name of a closure table': (c) => json('POST', '/$closure', parameters({ name: 'name', valueString: `a${c}` })),
  'a concept of a closure table': (c) =>
    json(
      'POST',
      '/$closure',
      parameters({ name: 'name', valueString: 'a' }, { name: 'concept', valueCoding: { system: 'urn:a', code: c } }),
    ),
  'a tag of $meta-add': (c) =>
    json('POST', '/Patient/p/$meta-add', parameters({ name: 'meta', valueMeta: { tag: [{ code: `a${c}` }] } })),
  'a string of a body': (c) => json('POST', '/Patient', { resourceType: 'Patient', name: [{ family: `a${c}` }] }),
  'a code of a body': (c) => json('POST', '/Patient', { resourceType: 'Patient', gender: c }),
  'a uri of a body': (c) => json('POST', '/Patient', { resourceType: 'Patient', implicitRules: `urn:a${c}` }),
  'an id of a body': (c) => json('PUT', '/Patient/p', { resourceType: 'Patient', id: `p${c}` }),
  'a member of a body': (c) => json('POST', '/Patient', { resourceType: 'Patient', [`a${c}`]: 1 }),
  'a type of a body': (c) => json('POST', '/Patient', { resourceType: `Pat${c}ient` }),
  'a narrative': (c) =>
    json('POST', '/Patient', {
      resourceType: 'Patient',
      text: { status: 'generated', div: `<div xmlns="http://www.w3.org/1999/xhtml">a${c}</div>` },
    }),
  'a body as it is': (c) => ({
    ...{ method: 'POST', path: '/Patient', headers: fhirJson },
    body: `{"resourceType":"Patient","name":[{"family":"a${c}"}]}`,
  }),
  XML: (c) => ({
    ...{ method: 'POST', path: '/Patient', headers: { 'content-type': 'application/fhir+xml' } },
    body: `<Patient xmlns="http://hl7.org/fhir"><name><family value="a${c}"/></name></Patient>`,
  }),
  'a JSON Patch': (c) =>
    json('PATCH', '/Patient/p', [{ op: 'replace', path: '/name/0/family', value: `a${c}` }], {
      'content-type': 'application/json-patch+json',
    }),
  'the path of a JSON Patch': (c) =>
    json('PATCH', '/Patient/p', [{ op: 'remove', path: `/a${c}` }], { 'content-type': 'application/json-patch+json' }),
  'the path of a FHIRPath Patch': (c) =>
    json(
      'PATCH',
      '/Patient/p',
      parameters({
        name: 'operation',
        part: [
          { name: 'type', valueCode: 'delete' },
          { name: 'path', valueString: `Patient.where(id = 'a${c}')` },
        ],
      }),
    ),
  'the address of an entry': (c) => json('POST', '/', entry('GET', `Patient?name=a${c}`)),
  'the address of an entry, escaped': (_, e) => json('POST', '/', entry('GET', `Patient?name=a${e}`)),
  'the fullUrl of an entry': (c) =>
    json('POST', '/', {
      resourceType: 'Bundle',
      type: 'transaction',
      entry: [
        {
          fullUrl: `urn:uuid:a${c}`,
          resource: { resourceType: 'Patient' },
          request: { method: 'POST', url: 'Patient' },
        },
      ],
    }),
  'If-None-Exist of an entry': (_, e) =>
    json('POST', '/', {
      resourceType: 'Bundle',
      type: 'batch',
      entry: [
        {
          resource: { resourceType: 'Patient' },
          request: { method: 'POST', url: 'Patient', ifNoneExist: `name=${e}` },
        },
      ],
    }),
  'If-None-Exist': (_, e) => json('POST', '/Patient', { resourceType: 'Patient' }, { 'if-none-exist': `name=a${e}` }),
  'the criteria of an update': (_, e) => json('PUT', `/Patient?name=a${e}`, { resourceType: 'Patient' }),
  'the criteria of a patch': (_, e) =>
    json('PATCH', `/Patient?name=a${e}`, [{ op: 'remove', path: '/name' }], {
      'content-type': 'application/json-patch+json',
    }),
  'the criteria of an entry': (_, e) => {
    const resource = { resourceType: 'Patient' };
    return json('POST', '/', {
      ...{ resourceType: 'Bundle', type: 'transaction' },
      entry: [{ resource, request: { method: 'PUT', url: `Patient?name=a${e}` } }],
    });
  },
  'a conditional reference of an entry': (_, e) => {
    const resource = { resourceType: 'Observation', subject: { reference: `Patient?name=a${e}` } };
    return json('POST', '/', {
      ...{ resourceType: 'Bundle', type: 'transaction' },
      entry: [{ resource, request: { method: 'POST', url: 'Observation' } }],
    });
  },
  'the criteria of a deletion': (_, e) => ({ method: 'DELETE', path: `/Patient?name=a${e}` }),
  'a conditional reference': (_, e) =>
    json('POST', '/Observation', {
      ...{ resourceType: 'Observation', status: 'final', code: { text: 'x' } },
      subject: { reference: `Patient?name=a${e}` },
    }),
};
