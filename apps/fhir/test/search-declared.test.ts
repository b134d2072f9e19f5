/** The CapabilityStatement declares the searches that work, and no others. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { SearchFault } from '@dhp/fhir-search';
import { searchParameter, type SearchParameter, searchParametersOf } from '@dhp/fhir-search/parameters';
import { conditionOf } from '@dhp/search-index';
import { endpointTypes } from '../src/routes.ts';
import { startServer, type TestServer } from './environment.ts';
import { search } from './searches.ts';

interface Declared {
  type: string;
  searchParam: { name: string; type: string; definition: string; documentation?: string }[];
  searchInclude: string[];
  searchRevInclude: string[];
}
interface Rest {
  documentation: string;
  resource: Declared[];
  searchParam: { name: string; definition?: string }[];
  compartment: string[];
}

let server: TestServer;
let rest: Rest;
before(async () => {
  server = await startServer();
  const { json } = await server.request('GET', '/metadata');
  [rest] = json['rest'] as [Rest];
});
after(() => server.close());

const special: Readonly<Record<string, string>> = {
  near: '41.3|69.2|1|km',
  contains: '41.3|69.2',
  'section-code-text': 'x$x',
  _filter: '_id eq x',
  _in: 'Group/x',
};
const simple: Readonly<Record<string, string>> = {
  ...{ token: 'true', string: 'x', date: '2026', number: '1', quantity: '1', uri: 'http://example.org', special: 'x' },
};

/** A value that a parameter can have. */
function sample({ code, type, target, component }: SearchParameter): string {
  const own = special[code];
  if (own !== undefined) return own;
  if (type === 'composite') return component.map((part) => simple[part.type] ?? 'Patient/1').join('$');
  return type === 'reference' ? `${target[0] ?? 'Patient'}/1` : (simple[type] ?? '');
}

const options = {
  ...{ timeZone: 'UTC', now: new Date(), ownBases: [], lenient: false },
  collections: { members: () => [] },
};
const isUnderstood = (type: string, code: string, value: string): boolean => {
  try {
    conditionOf(type, [[code, value]], options);
    return true;
  } catch (error) {
    if (error instanceof SearchFault) return false;
    throw error;
  }
};

test('a parameter is declared when, and only when, a search by it is understood', () => {
  assert.deepEqual(
    rest.resource.map(({ type }) => type),
    [...endpointTypes],
  );
  let count = 0;
  for (const { type, searchParam } of rest.resource) {
    const declared = new Map(searchParam.map((each) => [each.name, each]));
    assert.equal(declared.size, searchParam.length, `${type}: none twice`);
    for (const parameter of searchParametersOf(type).values()) {
      const { code, url } = parameter;
      const works = isUnderstood(type, code, sample(parameter));
      assert.equal(declared.has(code), works, `${type}.${code} is ${works ? '' : 'not '}understood`);
      if (!works) continue;
      assert.deepEqual([declared.get(code)?.type, declared.get(code)?.definition], [parameter.type, url]);
      count += 1;
    }
  }
  assert.ok(count > 3_000, String(count));
  const birthdate = rest.resource
    .find(({ type }) => type === 'Patient')
    ?.searchParam.find(({ name }) => name === 'birthdate');
  assert.deepEqual(birthdate, {
    name: 'birthdate',
    definition: 'http://hl7.org/fhir/SearchParameter/individual-birthdate',
    type: 'date',
    documentation: 'Values: Patient.birthDate',
  });
});

test('what is declared for some types can be searched and included', async () => {
  for (const type of ['Patient', 'Observation', 'Location', 'Encounter', 'Composition', 'Bundle']) {
    const { searchParam, searchInclude, searchRevInclude } = rest.resource.find((each) => each.type === type)!;
    for (const { name } of searchParam) {
      const value = encodeURIComponent(sample(searchParameter(type, name)!));
      await search(server, `/${type}?${name}=${value}`);
    }
    const includes = [
      ...searchInclude.map((value) => `_include=${value}`),
      ...searchRevInclude.map((value) => `_revinclude=${value}`),
    ];
    for (const include of includes) await search(server, `/${type}?_id=x&${include}`);
    await search(server, `/${type}?_id=x&${includes.slice(0, 40).join('&')}`);
  }
});

test('the parameters of all types are declared for the system', async () => {
  // declared.test.ts tries the others.
  const names = rest.searchParam
    .filter(({ name, definition }) => definition !== undefined && name !== '_type' && name !== '_has')
    .map(({ name }) => name);
  for (const name of ['_id', '_lastUpdated', '_tag', '_profile', '_security', '_source'])
    assert.ok(names.includes(name), name);
  for (const name of names) {
    const value = encodeURIComponent(sample(searchParameter('Bundle', name)!));
    await search(server, `/?_type=Patient,Bundle,Binary&${name}=${value}`);
  }
});

test('the time zone, the compartments and the interactions are declared', () => {
  assert.match(rest.documentation, /Asia\/Tashkent/);
  assert.equal(rest.compartment.length, 5);
  assert.ok(rest.compartment.includes('http://hl7.org/fhir/CompartmentDefinition/relatedPerson'));
});

test('the statement is made once, for every form of it', async () => {
  for (const path of ['/metadata', '/metadata?_format=xml']) {
    const [first, second] = [await server.request('GET', path), await server.request('GET', path)];
    assert.equal(first.status, 200);
    assert.equal(first.text, second.text);
    assert.equal(first.headers.get('etag'), second.headers.get('etag'));
  }
});
