import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Validator } from '../src/index.ts';

const uuid = (n: number): string => `urn:uuid:00000000-0000-4000-8000-00000000000${n}`;

/** Returns the findings of a Bundle: severity, id, place. */
const found = (type: string, resources: readonly [fullUrl: string, resource: object][], more: object = {}): string[] =>
  new Validator()
    .validate({
      ...{ resourceType: 'Bundle', type, ...more },
      entry: resources.map(([fullUrl, resource]) => ({ fullUrl, resource })),
    })
    .map(({ severity, id, expression }) => `${severity} ${id} ${expression}`);

const composition = {
  ...{ resourceType: 'Composition', status: 'final', type: { text: 'x' }, date: '2026', title: 'x' },
  author: [{ reference: uuid(2) }],
};
const practitioner = { resourceType: 'Practitioner', active: true };
const patient = { resourceType: 'Patient', active: true };

describe('what a Bundle holds', () => {
  const document = { identifier: { system: 'urn:s', value: '1' }, timestamp: '2026-01-01T00:00:00Z' };

  it('of a document hangs together, in either direction', () => {
    const provenance = {
      ...{ resourceType: 'Provenance', recorded: '2026-01-01T00:00:00Z', target: [{ reference: uuid(1) }] },
      agent: [{ who: { reference: uuid(2) } }],
    };
    const whole: [string, object][] = [
      [uuid(1), composition],
      [uuid(2), practitioner],
      [uuid(3), provenance],
    ];
    assert.deepEqual(found('document', whole, document), []);
    assert.deepEqual(found('document', [...whole, [uuid(4), patient]], document), [
      'error bundle-entry-unreachable Bundle.entry[3]',
    ]);
    const linked = {
      ...practitioner,
      extension: [{ url: 'http://example.org/e', valueReference: { reference: uuid(4) } }],
    };
    const others = found(
      'document',
      [
        [uuid(1), composition],
        [uuid(2), linked],
        [uuid(4), patient],
      ],
      document,
    );
    assert.deepEqual(others, ['information extension-unknown Bundle.entry[1].resource.extension[0]']);
  });

  it('of a message, too, but that is a warning', () => {
    const header = {
      resourceType: 'MessageHeader',
      eventCoding: { system: 'urn:e', code: 'x' },
      source: { name: 'x' },
    };
    const message: [string, object][] = [
      [uuid(1), header],
      [uuid(2), patient],
    ];
    assert.deepEqual(found('message', message, { timestamp: '2026-01-01T00:00:00Z' }), [
      'warning bundle-entry-unreachable Bundle.entry[1]',
    ]);
  });

  it('of a collection stands for itself, under absolute addresses', () => {
    assert.deepEqual(
      found('collection', [
        [uuid(1), patient],
        [uuid(2), practitioner],
      ]),
      [],
    );
    assert.deepEqual(found('collection', [['Patient/1', { ...patient, id: '1' }]]), [
      'error bundle-full-url-relative Bundle.entry[0]',
    ]);
  });
});
