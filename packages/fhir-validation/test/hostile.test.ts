import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Validator } from '../src/index.ts';
import { published, skipExamples, type Json } from './published.ts';

/** A small generator of the same numbers each time (mulberry32). */
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

/** The value with something else in a few places. */
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
      // Eight times as much may take twenty times as long, not sixty-four.
      assert.ok(large < small * 24 + 20_000, `${name}: ${small} µs for 1000, ${large} µs for 8000`);
    }
  });
});
