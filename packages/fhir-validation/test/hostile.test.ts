import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Validator } from '../src/index.ts';
import { definitionsOf } from './memory-codes.ts';
import { published, skipExamples, type Json } from './published.ts';

/** A small deterministic random generator (mulberry32). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const strange: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1e300,
  '',
  '#',
  'x',
  ' ',
  [],
  {},
  [null],
  [[]],
  [{}],
  { resourceType: 7 },
  { reference: '#' },
  { resourceType: 'Patient' },
];

const at = 'http://hostile.test/';
const stated = { resourceType: 'StructureDefinition', status: 'draft', abstract: false, derivation: 'constraint' };
const r5 = 'http://hl7.org/fhir/StructureDefinition/';
const sliced = {
  ...{ ...stated, url: `${at}profile`, name: 'A', kind: 'resource', type: 'Patient', baseDefinition: `${r5}Patient` },
  extension: [{ url: `${r5}structuredefinition-imposeProfile`, valueCanonical: `${at}imposed` }],
  differential: {
    element: [
      {
        ...{ id: 'Patient.identifier', path: 'Patient.identifier', max: '3' },
        slicing: { discriminator: [{ type: 'value', path: 'system' }], rules: 'open' },
        constraint: [{ key: 'a-1', severity: 'error', human: 'a', expression: 'value.exists()' }],
      },
      { id: 'Patient.identifier:a', path: 'Patient.identifier', sliceName: 'a', min: 0, max: '1' },
      { id: 'Patient.identifier:a.system', path: 'Patient.identifier.system', min: 1, fixedUri: 'urn:a' },
      {
        ...{ id: 'Patient.gender', path: 'Patient.gender' },
        binding: {
          ...{ strength: 'required', valueSet: `${at}set` },
          additional: [{ purpose: 'maximum', valueSet: `${at}more`, usage: [{ code: { code: 'a' } }] }],
        },
      },
      { id: 'Patient.contact', path: 'Patient.contact', type: [{ code: 'BackboneElement' }] },
      {
        ...{ id: 'Patient.managingOrganization', path: 'Patient.managingOrganization' },
        type: [{ code: 'Reference', targetProfile: [`${r5}Organization`], aggregation: ['contained'] }],
      },
    ],
  },
};
const ofExtension = {
  ...{
    ...stated,
    url: `${at}extension`,
    name: 'B',
    kind: 'complex-type',
    type: 'Extension',
    baseDefinition: `${r5}Extension`,
  },
  context: [{ type: 'element', expression: 'Patient' }],
  contextInvariant: ['true'],
  differential: {
    element: [
      { id: 'Extension', path: 'Extension', max: '1' },
      { id: 'Extension.url', path: 'Extension.url', fixedUri: `${at}extension` },
      { id: 'Extension.value[x]', path: 'Extension.value[x]', min: 1, type: [{ code: 'string' }], maxLength: 3 },
    ],
  },
};
const questionnaire = {
  ...{ resourceType: 'Questionnaire', url: `${at}questions`, status: 'draft' },
  item: [
    { linkId: 'a', type: 'boolean', required: true },
    {
      ...{ linkId: 'b', type: 'coding', answerValueSet: '#set' },
      enableWhen: [{ question: 'a', operator: '=', answerBoolean: true }],
      item: [{ linkId: 'c', type: 'quantity', maxLength: 3 }],
    },
  ],
  contained: [
    {
      resourceType: 'ValueSet',
      id: 'set',
      compose: { include: [{ system: 'urn:a' }], exclude: [{ system: 'urn:b' }] },
    },
  ],
};
const definitions: readonly Json[] = [sliced, ofExtension, questionnaire];

const instance = {
  ...{ resourceType: 'Patient', meta: { profile: [`${at}profile`] }, gender: 'male' },
  identifier: [{ system: 'urn:a' }, { system: 'urn:a', value: 'b' }],
  extension: [{ url: `${at}extension`, valueString: 'long' }],
  managingOrganization: { reference: 'Organization/1' },
};
const answers = {
  ...{ resourceType: 'QuestionnaireResponse', status: 'completed', questionnaire: `${at}questions` },
  item: [
    { linkId: 'a', answer: [{ valueBoolean: true }] },
    { linkId: 'b', answer: [{ valueCoding: { system: 'urn:a', code: 'a' }, item: [{ linkId: 'c' }] }] },
  ],
};
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Returns a copy with random values in a few places. */
function disturbed(value: unknown, next: () => number, share: number): unknown {
  if (next() < share) return strange[Math.floor(next() * strange.length)];
  if (Array.isArray(value)) return value.map((item: unknown) => disturbed(item, next, share));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, name === 'resourceType' ? item : disturbed(item, next, share)]),
  );
}

describe('whatever is sent', () => {
  it('is answered with findings, never with a failure', { skip: skipExamples }, () => {
    const validator = new Validator({ advice: true, vitalSigns: true });
    const next = random(7);
    let made = 0;
    for (const { file, resource } of published('examples', '', 15)) {
      if (JSON.stringify(resource).length > 40_000) continue;
      const { meta, ...rest } = resource as Json & { meta?: Json };
      const claiming = { ...rest, meta: { ...meta, profile: ['http://hl7.org/fhir/StructureDefinition/vitalsigns'] } };
      for (const share of [0.02, 0.1, 0.4]) {
        const sent = disturbed(claiming, next, share);
        made += 1;
        assert.doesNotThrow(() => validator.validate(sent), `${file} ${JSON.stringify(sent).slice(0, 500)}`);
      }
    }
    assert.ok(made > 400, String(made));
    for (const sent of [...strange, undefined])
      assert.ok(validator.validate(sent).length > 0 || (sent as Json | undefined)?.['resourceType'] === 'Patient');
  });

  it('is answered by definitions that nobody has checked, and about them', () => {
    const next = random(11);
    for (const [share, times] of [
      [0, 1],
      [0.01, 60],
      [0.05, 120],
      [0.2, 60],
    ] as const) {
      for (let i = 0; i < times; i += 1) {
        const made = definitions.map((one) => disturbed(one, next, share)).filter(isObject);
        const kept = made.map((one, n) => ({ ...one, url: definitions[n]!['url'] }));
        const validator = new Validator({ definitions: definitionsOf(kept) });
        const shown = JSON.stringify(made).slice(0, 2000);
        for (const one of [instance, answers]) assert.doesNotThrow(() => validator.validate(one), shown);
        for (const one of made) assert.doesNotThrow(() => validator.validate(one), shown);
      }
    }
  });

  it('is held to what can be read of a definition', () => {
    const spoilt = {
      ...sliced,
      context: 7,
      differential: { element: [7, ...sliced.differential.element, { path: 7 }] },
    };
    const of = (definition: Json) =>
      new Validator({ definitions: definitionsOf([definition]) }).validate(instance).map(({ id }) => id);
    assert.deepEqual(of(spoilt), of(sliced));
    assert.ok(of(sliced).includes('slice-too-many'));
  });

  it('is not followed without end', () => {
    let extension: Json = { url: 'urn:x', valueString: 'x' };
    for (let i = 0; i < 5000; i += 1) extension = { url: 'urn:x', extension: [extension] };
    const issues = new Validator({ unknownExtensions: 'ignore' }).validate({
      resourceType: 'Patient',
      extension: [extension],
    });
    assert.deepEqual(
      issues.map(({ id }) => id),
      ['nested-too-deep'],
    );
  });

  it('takes time in proportion to its size', () => {
    const validator = new Validator({ unknownExtensions: 'ignore' });
    const spent = (make: (size: number) => unknown, size: number) => {
      const resource = make(size);
      const start = process.cpuUsage();
      validator.validate(resource);
      const { user, system } = process.cpuUsage(start);
      return user + system;
    };
    const many = <T>(size: number, make: (i: number) => T) => Array.from({ length: size }, (_, i) => make(i));
    const fullUrl = (i: number) => `urn:uuid:00000000-0000-4000-8000-${String(i).padStart(12, '0')}`;
    const shapes: Readonly<Record<string, (size: number) => unknown>> = {
      'contained resources': (size) => ({
        resourceType: 'List',
        status: 'current',
        mode: 'working',
        contained: many(size, (i) => ({ resourceType: 'Basic', id: String(i), code: { text: 'x' } })),
        entry: many(size, (i) => ({ item: { reference: `#${i}` } })),
      }),
      'entries of a bundle': (size) => ({
        resourceType: 'Bundle',
        type: 'transaction',
        entry: many(size, (i) => ({
          fullUrl: fullUrl(i),
          resource: { resourceType: 'Basic', code: { text: 'x' }, subject: { reference: fullUrl(size - 1 - i) } },
          request: { method: 'POST', url: 'Basic' },
        })),
      }),
      'long text': (size) => ({ resourceType: 'Patient', name: [{ text: 'a '.repeat(size * 20) }] }),
      'long codes': (size) => ({
        resourceType: 'Binary',
        contentType: `a/b${' ; a=b'.repeat(size)} `,
        language: 'a-'.repeat(size),
      }),
      data: (size) => ({ resourceType: 'Binary', contentType: 'a/b', data: 'TWFu'.repeat(size * 200) }),
      narrative: (size) => ({
        resourceType: 'Patient',
        text: {
          status: 'generated',
          div: `<div xmlns="http://www.w3.org/1999/xhtml">${'<b>'.repeat(size)}&amp;${'</b>'.repeat(size)}</div>`,
        },
      }),
    };
    for (const [name, make] of Object.entries(shapes)) {
      spent(make, 200);
      const [small, large] = [
        Math.min(...[1, 2, 3].map(() => spent(make, 1000))),
        Math.min(...[1, 2, 3].map(() => spent(make, 8000))),
      ];
      // Eight times the size may take about twenty times as long, but not sixty-four times.
      assert.ok(large < small * 24 + 20_000, `${name}: ${small} µs for 1000, ${large} µs for 8000`);
    }
  });
});
