import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Parameters } from '@dhp/fhir-model';
import { codeSystem, faultOf, parameters, terminologyOf } from './parameters.ts';

const system = 'http://example.org/cs';
const terminology = terminologyOf([
  codeSystem(
    system,
    [
      { code: 'a', display: 'Alpha', definition: 'The first', concept: [{ code: 'b', display: 'Beta' }] },
      {
        code: 'c',
        property: [
          { code: 'status', valueCode: 'retired' },
          { code: 'near', valueCode: 'a' },
        ],
      },
    ],
    { version: '1.0.0', name: 'Letters', property: [{ code: 'near', type: 'code' }] },
  ),
  codeSystem(system, [{ code: 'a', display: 'Alef' }], { version: '2.0.0' }),
]);

function shown({ parameter = [] }: Parameters): string[] {
  return parameter.map(({ name, part, ...value }) =>
    part === undefined
      ? `${name} ${String(Object.values(value)[0] as string | boolean)}`
      : `${name} ${part.map((one) => `${one.name}=${String(Object.entries(one).find(([key]) => key !== 'name')?.[1])}`).join(' ')}`,
  );
}

const lookup = (values: Record<string, string>): string[] =>
  shown(terminology.lookup(parameters({ system, ...values })));

test('a code, in the latest version or the one asked for', () => {
  assert.ok(lookup({ code: 'a' }).includes('display Alef'));
  assert.deepEqual(lookup({ code: 'b', version: '1.0.0' }).slice(0, 5), [
    'name Letters',
    'version 1.0.0',
    `system ${system}`,
    'code b',
    'display Beta',
  ]);
});

test('the properties asked for', () => {
  const version = '1.0.0';
  assert.ok(lookup({ code: 'a', version }).includes('definition The first'));
  const child = lookup({ code: 'a', version, property: 'child' });
  assert.ok(child.includes('property code=child value=b description=Beta'));
  assert.ok(!child.some((line) => line.startsWith('definition') || line.startsWith('designation')));
  assert.ok(
    lookup({ code: 'b', version, property: 'parent' }).includes('property code=parent value=a description=Alpha'),
  );
  const all = lookup({ code: 'c', version, property: '*' });
  assert.ok(all.includes('property code=near value=a description=Alpha'));
  assert.ok(all.includes('property code=status value=retired'));
  assert.ok(all.includes('property code=inactive value=true'));
});

test('what comes of a supplement says so', () => {
  const own = 'http://example.org/supplement';
  const supplement = codeSystem(
    own,
    [
      {
        code: 'a',
        designation: [{ language: 'nl', value: 'Alfa' }],
        property: [{ code: 'near', valueCode: 'b' }],
      },
    ],
    { version: '3', content: 'supplement', supplements: system, property: [{ code: 'near', type: 'code' }] },
  );
  const base = codeSystem(system, [{ code: 'a', display: 'Alpha' }, { code: 'b' }]);
  const ask = (values: Record<string, string>): string[] =>
    shown(terminologyOf([base, supplement]).lookup(parameters({ system, code: 'a', ...values })));
  const used = ask({ useSupplement: own });
  assert.ok(used.includes(`designation language=nl value=Alfa source=${own}|3`), used.join('\n'));
  assert.ok(used.includes(`used-supplement ${own}|3`));
  assert.ok(ask({ useSupplement: own, property: '*' }).includes(`property code=near value=b source=${own}|3`));
  assert.ok(!ask({}).some((line) => line.includes(own)));
});

test('what cannot be looked up', () => {
  const fault = (values: Record<string, string>): { kind: string; text: string } =>
    faultOf(() => terminology.lookup(parameters(values)));
  assert.equal(fault({ system }).kind, 'invalid-request');
  assert.equal(fault({ system, code: 'x' }).text, `Unknown code 'x' in the CodeSystem '${system}' version '2.0.0'`);
  assert.match(fault({ system, code: 'a', version: '3.0.0' }).text, /Valid versions: 1\.0\.0 or 2\.0\.0$/);
  assert.equal(fault({ system: 'http://example.org/none', code: 'a' }).kind, 'unknown-subject');
  assert.equal(fault({ system, code: 'a', useSupplement: 'http://example.org/none' }).kind, 'unknown-definition');
});
