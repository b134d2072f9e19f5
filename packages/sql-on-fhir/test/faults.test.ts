/** Faulty views are refused with the place of each fault; values that do not fit fail with the place in the view and the resource. */
import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import { Budget, BudgetSpent } from '@dhp/budget';
import { checkView, compileView, InvalidView, RowFault } from '../src/index.ts';

const column = { name: 'id', path: 'id' };
const patient = (select: unknown, more: object = {}): object => ({ resource: 'Patient', select, ...more });
const of = (column: object): object => patient([{ column: [column] }]);
const where = (path: unknown): object => patient([{ column: [column] }], { where: [{ path }] });
const constant = (...constant: unknown[]): object => patient([{ column: [column] }], { constant });
const union = (...unionAll: unknown[]): object => patient([{ unionAll }]);

/** Views with the place of their fault below `ViewDefinition`, and a word of its text. */
const faulty: Readonly<Record<string, readonly [view: unknown, place: string, text: RegExp]>> = {
  'no object': ['x', '', /is a string/],
  null: [null, '', /is null/],
  'no resource': [{ select: [{ column: [column] }] }, '.resource', /is missing/],
  'a resource that is none': [{ resource: 'Pateint', select: [{ column: [column] }] }, '.resource', /no resource type/],
  'an abstract resource': [
    { resource: 'DomainResource', select: [{ column: [column] }] },
    '.resource',
    /no resource type/,
  ],
  'another type of resource': [
    { ...patient([{ column: [column] }]), resourceType: 'Library' },
    '.resourceType',
    /Give ViewDefinition/,
  ],
  'no select': [{ resource: 'Patient' }, '.select', /is missing/],
  'an empty select': [patient([]), '.select', /empty array/],
  'a select that is no array': [patient({ column: [column] }), '.select', /Give an array/],
  'a select that is no object': [patient(['id']), '.select[0]', /Give an object/],
  'an empty list of columns': [patient([{ column: [] }]), '.select[0].column', /empty array/],
  'an empty union': [patient([{ column: [column], unionAll: [] }]), '.select[0].unionAll', /empty array/],
  'an element that does not exist': [patient([{ columns: [column] }]), '.select[0].columns', /Did you mean column/],
  'an element of the view that does not exist': [
    { ...patient([{ column: [column] }]), where_: 1 },
    '.where_',
    /no element/,
  ],
  'an element of a column that does not exist': [
    of({ ...column, alias: 'x' }),
    '.select[0].column[0].alias',
    /no element/,
  ],
  'a modifier extension': [
    { ...patient([{ column: [column] }]), modifierExtension: [{ url: 'x' }] },
    '.modifierExtension[0]',
    /Leave it out/,
  ],
  'a status that is none': [{ ...patient([{ column: [column] }]), status: 'final' }, '.status', /draft/],
  'a name with a hyphen': [{ ...patient([{ column: [column] }]), name: 'a-b' }, '.name', /sql-name/],
  'a column without a name': [of({ path: 'id' }), '.select[0].column[0].name', /is missing/],
  'a column without a path': [of({ name: 'id' }), '.select[0].column[0].path', /is missing/],
  'a column with an empty path': [of({ name: 'id', path: ' ' }), '.select[0].column[0].path', /is empty/],
  'a column whose name begins with _': [of({ name: '_id', path: 'id' }), '.select[0].column[0].name', /sql-name/],
  'a column whose name has a space': [of({ name: 'a b', path: 'id' }), '.select[0].column[0].name', /sql-name/],
  'a column name of another script': [of({ name: 'ФИО', path: 'id' }), '.select[0].column[0].name', /sql-name/],
  'a path that is a number': [of({ name: 'id', path: 1 }), '.select[0].column[0].path', /is a number/],
  'collection that is text': [
    of({ ...column, collection: 'true' }),
    '.select[0].column[0].collection',
    /true or false/,
  ],
  'a type that is none': [of({ ...column, type: 'text' }), '.select[0].column[0].type', /no type of FHIR/],
  'a type that the path cannot give': [
    of({ ...column, type: 'boolean' }),
    '.select[0].column[0].type',
    /boolean.*gives id/,
  ],
  'a structure as a primitive': [
    of({ name: 'n', path: 'name.first()', type: 'string' }),
    '.select[0].column[0].type',
    /gives HumanName/,
  ],
  'another structure': [
    of({ name: 'n', path: 'name.first()', type: 'Address' }),
    '.select[0].column[0].type',
    /gives HumanName/,
  ],
  'a structure that is not declared': [of({ name: 'n', path: 'name.first()' }), '.select[0].column[0]', /no primitive/],
  'a path that is none': [of({ name: 'n', path: 'name.' }), '.select[0].column[0].path', /no expression/],
  'a function that is none': [of({ name: 'n', path: 'name.frobnicate()' }), '.select[0].column[0].path', /frobnicate/],
  'a key of what is no resource type': [
    of({ name: 'n', path: 'link.other.getReferenceKey(HumanName)' }),
    '.select[0].column[0].path',
    /resource type/,
  ],
  'forEach that is none': [patient([{ forEach: '@@', column: [column] }]), '.select[0].forEach', /no expression/],
  'forEach that is a number': [patient([{ forEach: 1, column: [column] }]), '.select[0].forEach', /is a number/],
  'forEach with forEachOrNull': [
    patient([{ forEach: 'name', forEachOrNull: 'name', column: [{ name: 'u', path: 'use' }] }]),
    '.select[0]',
    /sql-expressions/,
  ],
  'forEach with repeat': [
    patient([{ forEach: 'name', repeat: ['name'], column: [{ name: 'u', path: 'use' }] }]),
    '.select[0]',
    /sql-expressions/,
  ],
  'repeat that is no array': [patient([{ repeat: 'name', column: [column] }]), '.select[0].repeat', /Give an array/],
  'repeat of what is none': [
    patient([{ repeat: ['name', '('], column: [column] }]),
    '.select[0].repeat[1]',
    /no expression/,
  ],
  'a column twice': [patient([{ column: [column, column] }]), '.select[0].column[1].name', /second column id/],
  'a column twice in two selects': [
    patient([{ column: [column] }, { column: [column] }]),
    '.select[1].column[0].name',
    /second column id/,
  ],
  'a column twice, nested': [
    patient([{ column: [column], select: [{ forEach: 'name', column: [{ name: 'id', path: 'use' }] }] }]),
    '.select[0].select[0].column[0].name',
    /second column id/,
  ],
  'a column twice, in a union': [
    patient([{ column: [column], unionAll: [{ column: [column] }, { column: [column] }] }]),
    '.select[0].unionAll[0].column[0].name',
    /second column id/,
  ],
  'a union of other names': [
    union({ column: [column] }, { column: [{ name: 'x', path: 'id' }] }),
    '.select[0].unionAll[1]',
    /columns x/,
  ],
  'a union with fewer columns': [
    union({ column: [column, { name: 'g', path: 'gender' }] }, { column: [column] }),
    '.select[0].unionAll[1]',
    /columns id, and/,
  ],
  'a union in another order': [
    union({ column: [column, { name: 'g', path: 'gender' }] }, { column: [{ name: 'g', path: 'gender' }, column] }),
    '.select[0].unionAll[1]',
    /same order/,
  ],
  'a union of other declared types': [
    union(
      { column: [{ name: 'x', path: 'gender', type: 'code' }] },
      { column: [{ name: 'x', path: "'a'", type: 'string' }] },
    ),
    '.select[0].unionAll[1].column[0]',
    /of type string/,
  ],
  'a union of other inferred types': [
    union({ column: [{ name: 'x', path: 'gender' }] }, { column: [{ name: 'x', path: 'active' }] }),
    '.select[0].unionAll[1].column[0]',
    /of type boolean/,
  ],
  'a union of one value and of many': [
    union({ column: [{ name: 'x', path: 'gender' }] }, { column: [{ name: 'x', path: 'gender', collection: true }] }),
    '.select[0].unionAll[1].column[0]',
    /a collection/,
  ],
  'a condition that is no condition': [where('name.family'), '.where[0].path', /gives string/],
  'a condition that is a number': [where('name.count()'), '.where[0].path', /System.Integer/],
  'a condition without a path': [patient([{ column: [column] }], { where: [{}] }), '.where[0].path', /is missing/],
  'a condition that is text': [patient([{ column: [column] }], { where: ['active'] }), '.where[0]', /Give an object/],
  'a condition with a constant that is none': [where('active = %none'), '.where[0].path', /%none is not defined/],
  'a constant in forEach that is none': [
    patient([{ forEach: 'name.where(use = %none)', column: [{ name: 'f', path: 'family' }] }]),
    '.select[0].forEach',
    /%none/,
  ],
  'a constant in repeat that is none': [
    patient([{ repeat: ['contact.where(gender = %none)'], column: [{ name: 'f', path: 'gender' }] }]),
    '.select[0].repeat[0]',
    /%none/,
  ],
  'a constant without a name': [constant({ valueString: 'a' }), '.constant[0].name', /is missing/],
  'a constant without a value': [constant({ name: 'a' }), '.constant[0]', /no value/],
  'a constant of null': [constant({ name: 'a', valueString: null }), '.constant[0].valueString', /null/],
  'a constant of two values': [
    constant({ name: 'a', valueString: 'a', valueCode: 'a' }),
    '.constant[0]',
    /valueString and valueCode/,
  ],
  'a constant of a type that is none': [
    constant({ name: 'a', valueQuantity: { value: 1 } }),
    '.constant[0].valueQuantity',
    /no type of constants/,
  ],
  'a constant of another type': [constant({ name: 'a', valueInteger: '1' }), '.constant[0].valueInteger', /no integer/],
  'a positiveInt of 0': [
    constant({ name: 'a', valuePositiveInt: 0 }),
    '.constant[0].valuePositiveInt',
    /no positiveInt/,
  ],
  'a date of a month that is none': [
    constant({ name: 'a', valueDate: '2026-13-01' }),
    '.constant[0].valueDate',
    /no date/,
  ],
  'an instant without a zone': [
    constant({ name: 'a', valueInstant: '2026-01-01T00:00:00' }),
    '.constant[0].valueInstant',
    /no instant/,
  ],
  'a constant twice': [
    constant({ name: 'a', valueString: 'a' }, { name: 'a', valueString: 'b' }),
    '.constant[1].name',
    /second constant/,
  ],
  'a constant whose name is taken': [
    constant({ name: 'rowIndex', valueInteger: 1 }),
    '.constant[0].name',
    /means something already/,
  ],
};

describe('a view that is refused:', () => {
  for (const [title, [view, place, text]] of Object.entries(faulty)) {
    it(title, () => {
      assert.throws(() => compileView(view), InvalidView);
      const errors = checkView(view).filter(({ severity }) => severity === 'error');
      assert.deepEqual(
        errors.map((issue) => issue.place),
        [`ViewDefinition${place}`],
      );
      assert.match(errors[0]!.text, text);
      assert.match(errors[0]!.text, /\. [A-Z][^.]*|Did you mean/, 'it says what to do');
    });
  }

  it('all faults are told at once', () => {
    const view = patient(
      [
        {
          column: [
            { name: 'a', path: '%x' },
            { name: 'a', path: 'b(' },
          ],
        },
      ],
      { where: [{ path: '%y' }] },
    );
    assert.deepEqual(
      checkView(view).map(({ place }) => place.replace('ViewDefinition.', '')),
      ['where[0].path', 'select[0].column[0].path', 'select[0].column[1].path', 'select[0].column[1].name'],
    );
  });

  it('one that is too deep', () => {
    let select: object = { column: [column] };
    for (let n = 0; n < 50; n += 1) select = { select: [select] };
    assert.throws(() => compileView(patient([select])), /32 levels deep/);
  });
});

test('names that lead nowhere are warned about, and give nothing', () => {
  const view = of({ name: 'x', path: 'nmae.family' });
  assert.deepEqual(
    checkView(view).map(({ severity, place }) => [severity, place]),
    [['warning', 'ViewDefinition.select[0].column[0].path']],
  );
  assert.deepEqual(compileView(view).rows({ resourceType: 'Patient' }), [{ x: null }]);
});

test('the profiles of the specification', () => {
  const view = { ...patient([{ column: [{ name: 'n', path: 'name', type: 'HumanName', collection: true }, column] }]) };
  const places = (profile: 'shareable' | 'tabular'): string[] =>
    checkView(view, { profile }).map(({ place }) => place.replace('ViewDefinition.', ''));
  assert.deepEqual(places('shareable'), ['url', 'name', 'fhirVersion', 'select[0].column[1].type']);
  assert.deepEqual(places('tabular'), [
    'select[0].column[0].type',
    'select[0].column[0].collection',
    'select[0].column[1].type',
  ]);
  const good = {
    url: 'http://example.org/v',
    name: 'v',
    fhirVersion: ['5.0.0'],
    ...patient([{ column: [{ ...column, type: 'id' }] }]),
  };
  for (const profile of ['shareable', 'tabular'] as const) assert.deepEqual(checkView(good, { profile }), []);
  assert.equal(checkView({ ...good, fhirVersion: ['4.0.1'] })[0]?.place, 'ViewDefinition.fhirVersion');
});

describe('a resource that does not fit:', () => {
  const resource = {
    resourceType: 'Patient',
    id: 'p1',
    name: [{ family: 'A' }, { family: 'B' }],
    multipleBirthInteger: 2,
  };
  const failing: Readonly<Record<string, readonly [view: object, place: string, text: RegExp]>> = {
    'several values': [
      of({ name: 'f', path: 'name.family' }),
      '.select[0].column[0]',
      /column f has 2 values.*first\(\)/,
    ],
    'several values where collection is false': [
      of({ name: 'f', path: 'name.family', collection: false }),
      '.select[0].column[0]',
      /2 values/,
    ],
    'a condition of several items': [where("name.select(family = 'A')"), '.where[0].path', /gives 2 items/],
    'a condition that is no boolean, which its type does not tell': [
      where('multipleBirth'),
      '.where[0].path',
      /gives integer/,
    ],
    'a value of another type': [
      of({ name: 'm', path: 'multipleBirth', type: 'boolean' }),
      '.select[0].column[0]',
      /integer, which is no boolean/,
    ],
    'an expression that fails': [of({ name: 'm', path: 'name.single().family' }), '.select[0].column[0].path', /./],
    'a circle of repeat': [
      patient([{ repeat: ['$this'], column: [{ name: 'i', path: 'id' }] }]),
      '.repeat',
      /256 levels/,
    ],
  };
  for (const [title, [view, place, text]] of Object.entries(failing)) {
    it(title, () => {
      assert.throws(
        () => compileView(view).rows(resource),
        (error) => {
          assert.ok(error instanceof RowFault, String(error));
          assert.ok(error.place.endsWith(place), error.place);
          assert.equal(error.resource, 'Patient/p1');
          assert.match(error.text, text);
          return true;
        },
      );
    });
  }

  it('more rows than it may make', () => {
    const loop = (n: number): object => ({ forEach: 'name', column: [{ name: `f${n}`, path: 'family' }] });
    const many = { resourceType: 'Patient', name: Array.from({ length: 100 }, () => ({ family: 'A' })) };
    const view = compileView(patient([loop(0), loop(1), loop(2), loop(3), loop(4)]));
    assert.throws(() => view.rows(many), { kind: 'limit' });
    assert.throws(() => view.rows(many, { work: new Budget({ work: 50_000 }), mostRows: Infinity }), BudgetSpent);
    assert.equal(compileView(patient([loop(0), loop(1)])).rows(many).length, 10_000);
  });

  it('a repeat that doubles with every level', () => {
    let item: object = { linkId: 'x' };
    for (let n = 0; n < 60; n += 1) item = { linkId: 'x', item: [item] };
    const view = compileView({
      resource: 'QuestionnaireResponse',
      select: [{ repeat: ['item', 'item'], column: [{ name: 'l', path: 'linkId' }] }],
    });
    assert.throws(() => view.rows({ resourceType: 'QuestionnaireResponse', item: [item] }), { kind: 'limit' });
  });
});
