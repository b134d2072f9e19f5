/** Rules of views that the official cases do not show. */
import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import { parseExactly } from '@dhp/fhirpath';
import { compileView, type Row } from '../src/index.ts';

const patient = {
  resourceType: 'Patient',
  id: 'p1',
  gender: 'female',
  birthDate: '1990-05',
  _birthDate: { extension: [{ url: 'urn:time', valueDateTime: '1990-05-14T10:00:00Z' }] },
  _active: { extension: [{ url: 'urn:why', valueCode: 'unknown' }] },
  name: [{ family: 'A', given: ['B', null], _given: [null, { extension: [{ url: 'urn:x', valueString: 'x' }] }] }],
  contained: [{ resourceType: 'Organization', id: 'o', name: 'Inner' }],
  managingOrganization: { reference: '#o' },
  contact: [{ period: { start: '2020', end: '2021-03' } }],
  extension: [{ url: 'urn:n', valueInteger64: '9007199254740993' }],
};

function rows(select: readonly object[], more: object = {}, resource: unknown = patient): Row[] {
  return compileView({ resource: 'Patient', select, ...more }).rows(resource);
}
const value = (path: string, more: object = {}, constant: readonly object[] = []): unknown =>
  rows([{ column: [{ name: 'v', path, ...more }] }], constant.length > 0 ? { constant } : {})[0]?.['v'];

describe('values', () => {
  it('a primitive with extensions alone has none', () => {
    assert.equal(value('active', { type: 'boolean' }), null);
    assert.deepEqual(value('name.given', { collection: true }), ['B', null]);
    assert.equal(value("active.extension('urn:why').value.ofType(code)"), 'unknown');
    assert.equal(
      value("birthDate.extension('urn:time').value.ofType(dateTime)", { type: 'dateTime' }),
      '1990-05-14T10:00:00Z',
    );
  });

  it('structures come whole, where their type is declared', () => {
    assert.deepEqual(value('contact.first().period', { type: 'Period' }), { start: '2020', end: '2021-03' });
    assert.deepEqual(value('contact', { type: 'Patient.contact', collection: true }), patient.contact);
    assert.deepEqual(
      value('contact', { type: 'http://hl7.org/fhir/StructureDefinition/BackboneElement', collection: true }),
      patient.contact,
    );
    assert.deepEqual(value('contained', { type: 'Resource', collection: true }), patient.contained);
    assert.deepEqual(value('contained', { type: 'Organization', collection: true }), patient.contained);
  });

  it('an integer64 is text, as in FHIR', () => {
    assert.equal(value("extension('urn:n').value.ofType(integer64)", { type: 'integer64' }), '9007199254740993');
    assert.equal(
      value("extension('urn:n').value.ofType(integer64) = %n", {}, [{ name: 'n', valueInteger64: '9007199254740993' }]),
      true,
    );
  });

  it('a period has the boundaries of its ends', () => {
    assert.equal(value('contact.first().period.lowBoundary()', { type: 'dateTime' }), '2020-01-01T00:00:00.000+14:00');
    assert.equal(value('contact.first().period.highBoundary()', { type: 'dateTime' }), '2021-03-31T23:59:59.999-12:00');
  });

  it('a decimal has the boundaries of the digits that it is written with', () => {
    const view = compileView({
      resource: 'Observation',
      select: [{ column: [{ name: 'low', path: 'value.ofType(Quantity).value.lowBoundary()', type: 'decimal' }] }],
    });
    const text = '{"resourceType":"Observation","valueQuantity":{"value":1.0,"unit":"mg"}}';
    assert.deepEqual(view.rows(parseExactly(text)), [{ low: 0.95 }]);
    assert.deepEqual(view.rows(JSON.parse(text)), [{ low: 0.5 }]);
  });

  it('what an expression makes can be gone through, too', () => {
    const column = [
      { name: 'v', path: '$this', type: 'string' },
      { name: 'l', path: 'length()' },
    ];
    const texts = rows([{ forEach: "'b' | 'aa'", column }]);
    assert.deepEqual(texts, [
      { v: 'b', l: 1 },
      { v: 'aa', l: 2 },
    ]);
    const dates = rows([
      { forEach: 'birthDate.lowBoundary()', column: [{ name: 'd', path: '$this + 1 day', type: 'date' }] },
    ]);
    assert.deepEqual(dates, [{ d: '1990-05-02' }]);
  });

  it('nothing joins to the empty text', () => assert.equal(value("telecom.value.join(',')", { type: 'string' }), ''));

  it('the resource is at hand in every expression', () => {
    const select = [
      {
        forEach: 'name',
        column: [
          { name: 'k', path: '%resource.getResourceKey()' },
          { name: 'own', path: 'getResourceKey()' },
        ],
      },
    ];
    assert.deepEqual(rows(select), [{ k: 'p1', own: null }]);
  });
});

describe('keys', () => {
  it('contained resources have none, and references to them neither', () => {
    assert.equal(value('contained.getResourceKey()'), null);
    assert.equal(value('managingOrganization.getReferenceKey()'), null);
    assert.equal(value('managingOrganization.getReferenceKey(Organization)'), null);
  });

  it('a reference to a version, and of a type by its full name', () => {
    const key = (reference: string, argument = ''): unknown =>
      rows(
        [{ column: [{ name: 'k', path: `managingOrganization.getReferenceKey(${argument})` }] }],
        {},
        {
          resourceType: 'Patient',
          managingOrganization: { reference },
        },
      )[0]?.['k'];
    assert.equal(key('Organization/o1/_history/2'), 'o1');
    assert.equal(key('Organization/o1', 'FHIR.Organization'), 'o1');
    assert.equal(key('Organization/o1', 'Resource'), 'o1');
    assert.equal(key('Organization/o1', 'Patient'), null);
    assert.equal(key('Media/m1', 'Media'), 'm1', 'a type of R4');
    for (const other of [
      'http://example.org/fhir/Organization/o1',
      'urn:uuid:1',
      'Organization',
      'Organization/',
      'organization/o1',
    ])
      assert.equal(key(other), null, other);
  });

  it('resources of a type that R5 does not have', () => {
    const view = compileView({
      resource: 'Media',
      select: [
        {
          column: [
            { name: 'id', path: 'id' },
            { name: 'o', path: 'operator.getReferenceKey()' },
          ],
        },
      ],
    });
    assert.deepEqual(view.rows({ resourceType: 'Media', id: 'm', operator: { reference: 'Practitioner/x' } }), [
      { id: 'm', o: 'x' },
    ]);
  });
});

test('constants are values of their types, in every place', () => {
  const constants = [
    { name: 'use', valueCode: 'official' },
    { name: 'n', valueUnsignedInt: 0 },
    { name: 'big', valueInteger64: '0' },
    { name: 'born', valueDate: '1990-05' },
    { name: 'sum', valueDecimal: 1.5 },
  ];
  assert.equal(value('name[%n].family', {}, constants), 'A');
  assert.equal(value('name[%big].family', {}, constants), 'A');
  assert.equal(value('birthDate = %born', {}, constants), true);
  assert.equal(value('%born + 1 year', { type: 'date' }, constants), '1991-05');
  assert.equal(value('%sum + 1', { type: 'decimal' }, constants), 2.5);
  assert.equal(value('%`use`', { type: 'code' }, constants), 'official');
});

test('rows of the specification: an index in a union within a loop', () => {
  const two = {
    resourceType: 'Patient',
    id: 'pt1',
    name: [
      { family: 'Smith', given: ['John', 'James'] },
      { family: 'Jones', given: ['Jane'] },
    ],
  };
  const index = (name: string): object => ({ name, path: '%rowIndex', type: 'integer' });
  const select = [
    { column: [{ name: 'id', path: 'id' }] },
    {
      forEach: 'name',
      column: [index('name_index')],
      select: [
        {
          unionAll: [
            { forEach: 'given', column: [index('given_index'), { name: 'value', path: '$this', type: 'string' }] },
            { column: [index('given_index'), { name: 'value', path: 'family', type: 'string' }] },
          ],
        },
      ],
    },
  ];
  assert.deepEqual(
    rows(select, {}, two).map((row) => Object.values(row)),
    [
      ['pt1', 0, 0, 'John'],
      ['pt1', 0, 1, 'James'],
      ['pt1', 0, 0, 'Smith'],
      ['pt1', 1, 0, 'Jane'],
      ['pt1', 1, 1, 'Jones'],
    ],
  );
});

test('columns without a declared type have the one that the path gives', () => {
  const paths = {
    id: 'id',
    b: 'name.exists()',
    n: 'name.count()',
    d: 'birthDate.lowBoundary()',
    v: 'multipleBirth',
    i: '%rowIndex',
    k: 'getResourceKey()',
    w: 'multipleBirth.ofType(integer).lowBoundary()',
  };
  const view = compileView({
    resource: 'Patient',
    select: [{ column: Object.entries(paths).map(([name, path]) => ({ name, path })) }],
  });
  assert.deepEqual(
    view.columns.map(({ type, sqlType }) => [type, sqlType]),
    [
      ['id', 'CHARACTER VARYING'],
      ['System.Boolean', 'BOOLEAN'],
      ['System.Integer', 'INT'],
      ['date', 'CHARACTER VARYING'],
      [undefined, 'CHARACTER VARYING'],
      ['System.Integer', 'INT'],
      ['System.String', 'CHARACTER VARYING'],
      ['System.Decimal', 'CHARACTER VARYING'],
    ],
  );
});

test('views of both generations are taken', () => {
  const select = [{ column: [{ name: 'id', path: 'id', tags: [{ name: 'ansi/type', value: 'TEXT' }] }] }];
  const resourceTypes = [
    'ViewDefinition',
    'https://sql-on-fhir.org/ig/StructureDefinition/ViewDefinition',
    'http://hl7.org/fhir/uv/sql-on-fhir/StructureDefinition/ViewDefinition',
  ];
  for (const resourceType of resourceTypes) {
    for (const identifier of [{ value: 'x' }, [{ value: 'x' }]]) {
      const view = {
        resourceType,
        identifier,
        url: 'http://example.org/v',
        status: 'draft',
        title: 'T',
        profile: ['x'],
        resource: 'Patient',
        select,
      };
      assert.deepEqual(compileView(view).rows(patient), [{ id: 'p1' }]);
      assert.equal(compileView(view).columns[0]?.sqlType, 'TEXT');
    }
  }
});

test('resources are read from any source, one after the other', async () => {
  const view = compileView({ resource: 'Patient', select: [{ column: [{ name: 'id', path: 'id' }] }] });
  async function* source(): AsyncGenerator {
    for (let n = 0; n < 3; n += 1) yield Promise.resolve({ resourceType: n === 1 ? 'Group' : 'Patient', id: `p${n}` });
  }
  const found: Row[] = [];
  for await (const row of view.stream(source())) found.push(row);
  assert.deepEqual(found, [{ id: 'p0' }, { id: 'p2' }]);
});
