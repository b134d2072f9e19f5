import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ElementDefinition, StructureDefinition } from '../src/index.ts';
import { base, found, observation, patient, profile } from './tested-profile.ts';

describe('slicing', () => {
  const identifier = (rules: 'open' | 'closed' | 'openAtEnd', more: object = {}): StructureDefinition =>
    profile('Patient', [
      {
        id: 'Patient.identifier',
        path: 'Patient.identifier',
        slicing: { discriminator: [{ type: 'value', path: 'system' }], rules, ...more },
      },
      { id: 'Patient.identifier:a', path: 'Patient.identifier', sliceName: 'a', min: 1, max: '1' },
      { id: 'Patient.identifier:a.system', path: 'Patient.identifier.system', fixedUri: 'urn:a' } as ElementDefinition,
      { id: 'Patient.identifier:a.value', path: 'Patient.identifier.value', min: 1 },
      { id: 'Patient.identifier:b', path: 'Patient.identifier', sliceName: 'b', max: '1' },
      {
        id: 'Patient.identifier:b.system',
        path: 'Patient.identifier.system',
        patternUri: 'urn:b',
      } as ElementDefinition,
    ]);
  const of = (...systems: string[]) =>
    patient({ identifier: systems.map((name) => ({ system: `urn:${name}`, value: '1' })) });

  it('by value: count, rules and order', () => {
    assert.deepEqual(found(of('a', 'c'), identifier('open')), []);
    assert.deepEqual(found(of('c'), identifier('open')), ['slice-missing identifier:a Patient']);
    assert.deepEqual(found(of('a', 'b', 'b'), identifier('open')), ['slice-too-many identifier:b Patient']);
    assert.deepEqual(found(of('a', 'c'), identifier('closed')), ['slice-unknown identifier Patient.identifier[1]']);
    assert.deepEqual(found(of('a', 'c', 'b'), identifier('openAtEnd')), [
      'slice-unknown identifier Patient.identifier[1]',
    ]);
    assert.deepEqual(found(of('a', 'b', 'c'), identifier('openAtEnd')), []);
    assert.deepEqual(found(of('b', 'a'), identifier('open', { ordered: true })), [
      'slice-order identifier:a Patient.identifier[1]',
    ]);
    assert.deepEqual(found(of('b', 'a'), identifier('open')), []);
    const withoutValue = patient({
      identifier: [
        {
          system: 'urn:a',
          type: { coding: [{ code: 'MR', system: 'http://terminology.hl7.org/CodeSystem/v2-0203' }] },
        },
      ],
    });
    assert.deepEqual(found(withoutValue, identifier('open')), [
      'invariant ident-1 Patient.identifier[0]',
      'element-missing value Patient.identifier[0]',
    ]);
  });

  it('the default slice takes the rest, slices of slices are counted within', () => {
    const elements = [...identifier('closed').differential!.element];
    elements.push({ id: 'Patient.identifier:@default', path: 'Patient.identifier', sliceName: '@default', max: '1' });
    elements.push({ id: 'Patient.identifier:@default.period', path: 'Patient.identifier.period', min: 1 });
    assert.deepEqual(found(of('a', 'c'), profile('Patient', elements)), [
      'element-missing period Patient.identifier[1]',
    ]);
    const reslice = [...identifier('open').differential!.element.filter(({ id }) => !id!.includes(':a.value'))];
    reslice[1] = {
      ...reslice[1]!,
      max: '*',
      slicing: { discriminator: [{ type: 'value', path: 'use' }], rules: 'closed' },
    };
    reslice.push({ id: 'Patient.identifier:a/old', path: 'Patient.identifier', sliceName: 'a/old', max: '1' });
    reslice.push({
      id: 'Patient.identifier:a/old.use',
      path: 'Patient.identifier.use',
      fixedCode: 'old',
    } as ElementDefinition);
    const uses = (...use: string[]) =>
      patient({ identifier: use.map((one) => ({ system: 'urn:a', value: '1', use: one })) });
    assert.deepEqual(found(uses('old'), profile('Patient', reslice)), []);
    assert.deepEqual(found(uses('old', 'old'), profile('Patient', reslice)), [
      'slice-too-many identifier:a:a/old Patient',
    ]);
    assert.deepEqual(found(uses('usual'), profile('Patient', reslice)), [
      'slice-unknown identifier:a Patient.identifier[0]',
    ]);
  });

  it('by type of a choice, named either way', () => {
    const byId = (id: string, more: object) =>
      profile('Observation', [
        {
          id: 'Observation.value[x]',
          path: 'Observation.value[x]',
          slicing: { discriminator: [{ type: 'type', path: '$this' }], rules: 'closed' },
        },
        { id, path: 'Observation.value[x]', ...more },
      ]);
    const sliced = byId('Observation.value[x]:valueQuantity', {
      sliceName: 'valueQuantity',
      min: 1,
      type: [{ code: 'Quantity' }],
    });
    assert.deepEqual(found(observation({ valueQuantity: { value: 1 } }), sliced), []);
    assert.deepEqual(found(observation({ valueString: 'x' }), sliced), [
      'slice-unknown value[x] Observation.value.ofType(string)',
      'slice-missing value[x]:valueQuantity Observation',
    ]);
    const short = profile('Observation', [
      { id: 'Observation.valueQuantity.unit', path: 'Observation.valueQuantity.unit', min: 1 },
    ]);
    assert.deepEqual(found(observation({ valueQuantity: { value: 1 } }), short), [
      'element-missing unit Observation.value.ofType(Quantity)',
    ]);
  });

  it('by existence, by profile, by position and by membership in a value set', () => {
    const category = (type: 'exists' | 'profile' | 'position' | 'value', path: string, slice: ElementDefinition[]) =>
      profile('Observation', [
        {
          id: 'Observation.category',
          path: 'Observation.category',
          slicing: { discriminator: [{ type, path }], rules: 'closed' },
        },
        ...slice,
      ]);
    const texted: ElementDefinition[] = [
      { id: 'Observation.category:x', path: 'Observation.category', sliceName: 'x', max: '1' },
      { id: 'Observation.category:x.text', path: 'Observation.category.text', min: 1 },
    ];
    const of2 = (...concepts: object[]) => observation({ category: concepts });
    assert.deepEqual(found(of2({ text: 'x' }), category('exists', 'text', texted)), []);
    assert.deepEqual(found(of2({ text: 'x' }, { text: 'y' }), category('exists', 'text', texted)), [
      'slice-too-many category:x Observation',
    ]);
    assert.deepEqual(
      found(of2({ id: 'x', coding: [{ system: 'urn:s', code: 'x' }] }), category('exists', 'text', texted)),
      ['slice-unknown category Observation.category[0]'],
    );
    const first = [texted[0]!];
    assert.deepEqual(found(of2({ text: 'x' }, { text: 'y' }), category('position', '$this', first)), [
      'slice-unknown category Observation.category[1]',
    ]);
    const bound: ElementDefinition[] = [{ ...texted[0]!, binding: { strength: 'required', valueSet: 'urn:vs:a' } }];
    assert.deepEqual(
      found(of2({ coding: [{ system: 'urn:s', code: 'a' }] }, { text: 'x' }), category('value', '$this', bound)),
      ['slice-unknown category Observation.category[1]'],
    );
    const named = profile('CodeableConcept', [{ id: 'CodeableConcept.text', path: 'CodeableConcept.text', min: 1 }], {
      url: 'urn:named',
      kind: 'complex-type',
    });
    const conforming = [{ ...texted[0]!, type: [{ code: 'CodeableConcept', profile: ['urn:named'] }] }];
    const tested = category('profile', '$this', conforming);
    assert.deepEqual(found(of2({ text: 'x' }), tested, named), []);
    assert.deepEqual(found(of2({ coding: [{ system: 'urn:s', code: 'x' }] }), tested, named), [
      'slice-unknown category Observation.category[0]',
    ]);
  });

  it('within a slice, of an element below it', () => {
    const on = (path: string) => ({ discriminator: [{ type: 'value' as const, path }], rules: 'open' as const });
    const nested = profile('Observation', [
      { id: 'Observation.component', path: 'Observation.component', slicing: on('code.text') },
      { id: 'Observation.component:a', path: 'Observation.component', sliceName: 'a', min: 1 },
      {
        id: 'Observation.component:a.code.text',
        path: 'Observation.component.code.text',
        fixedString: 'a',
      } as ElementDefinition,
      {
        id: 'Observation.component:a.code.coding',
        path: 'Observation.component.code.coding',
        slicing: on('system'),
      },
      {
        id: 'Observation.component:a.code.coding:s',
        path: 'Observation.component.code.coding',
        sliceName: 's',
        min: 1,
      },
      {
        id: 'Observation.component:a.code.coding:s.system',
        path: 'Observation.component.code.coding.system',
        fixedUri: 'urn:s',
      } as ElementDefinition,
    ]);
    const with2 = (text: string, system: string) =>
      observation({ component: [{ code: { text: 'b' } }, { code: { text, coding: [{ system, code: 'x' }] } }] });
    assert.deepEqual(found(with2('a', 'urn:s'), nested), []);
    assert.deepEqual(found(with2('a', 'urn:t'), nested), ['slice-missing coding:s Observation.component[1].code']);
    assert.deepEqual(found(with2('c', 'urn:t'), nested), ['slice-missing component:a Observation']);
  });

  it('of extensions, by their url', () => {
    const sliced = profile('Patient', [
      { id: 'Patient.extension', path: 'Patient.extension', slicing: { rules: 'open' } },
      { id: 'Patient.extension:x', path: 'Patient.extension', sliceName: 'x', min: 1, max: '1' },
      { id: 'Patient.extension:x.url', path: 'Patient.extension.url', fixedUri: 'urn:x' } as ElementDefinition,
    ]);
    const with3 = (...urls: string[]) => patient({ extension: urls.map((one) => ({ url: one, valueBoolean: true })) });
    const slices = (resource: ReturnType<typeof patient>) =>
      found(resource, sliced).filter((one) => one.startsWith('slice'));
    assert.deepEqual(slices(with3('urn:x', 'urn:y')), []);
    assert.deepEqual(slices(with3('urn:y')), ['slice-missing extension:x Patient']);
    assert.deepEqual(slices(with3('urn:x', 'urn:x')), ['slice-too-many extension:x Patient']);
  });

  it('are known to invariants, by slice()', () => {
    const uses = (expression: string) => [{ key: 'k-1', severity: 'error' as const, human: 'h', expression }];
    const of4 = (path: string, expression: string) => {
      const [sliced, ...rest] = identifier('open').differential!.element;
      return path === 'Patient'
        ? profile('Patient', [{ id: path, path, constraint: uses(expression) }, sliced!, ...rest])
        : profile('Patient', [{ ...sliced!, constraint: uses(expression) }, ...rest]);
    };
    const systems = of('a', 'b', 'b');
    const each = of4('Patient.identifier', "slice(%profile, 'b').all(use.exists())");
    assert.deepEqual(
      found(systems, each).filter((one) => one.startsWith('invariant')),
      ['invariant k-1 Patient.identifier[1]', 'invariant k-1 Patient.identifier[2]'],
    );
    assert.deepEqual(found(of('a'), each), []);
    assert.deepEqual(found(of('a', 'b'), of4('Patient', "identifier.slice(%profile, 'b').count() = 1")), []);
    assert.deepEqual(found(of('a', 'c'), of4('Patient', "identifier.slice(%profile, 'b').count() = 1")), [
      'invariant k-1 Patient',
    ]);
    assert.deepEqual(found(of('a'), of4('Patient', "identifier.slice('urn:away', 'a').empty()")), []);
  });

  it('by what a reference leads to', () => {
    const of3 = profile('Observation', [
      {
        id: 'Observation.performer',
        path: 'Observation.performer',
        slicing: { discriminator: [{ type: 'type', path: 'resolve()' }], rules: 'open' },
      },
      {
        id: 'Observation.performer:org',
        path: 'Observation.performer',
        sliceName: 'org',
        min: 1,
        type: [{ code: 'Reference', targetProfile: [`${base}Organization`] }],
      },
    ]);
    assert.deepEqual(found(observation({ performer: [{ reference: 'Organization/1' }] }), of3), []);
    assert.deepEqual(found(observation({ performer: [{ reference: 'Patient/1' }] }), of3), [
      'slice-missing performer:org Observation',
    ]);
  });
});
