/** Content rules for Bundles. */
import { describe } from 'node:test';
import { each, patient } from './content-cases.ts';

describe('a Bundle', () => {
  const bundle = (type: string, entry: readonly object[], more: object = {}): object => ({
    resourceType: 'Bundle',
    type,
    entry,
    ...more,
  });
  const at = (id: string, resource: object = {}): object => ({
    fullUrl: `http://example.org/Patient/${id}`,
    resource: { resourceType: 'Patient', id, ...resource },
  });
  const self = { link: [{ relation: 'self', url: 'http://example.org/Patient?name=x' }] };
  each([
    [
      'has addresses',
      bundle('collection', [{ resource: patient({}) }]),
      ['error bundle-full-url-missing Bundle.entry[0]'],
    ],
    [
      'has ids where its addresses do',
      bundle('collection', [{ ...at('1'), resource: patient({}) }]),
      ['error bundle-full-url Bundle.entry[0]'],
    ],
    [
      'that is a document begins with a Composition',
      bundle('document', [at('1')], { identifier: { system: 'urn:x', value: 'y' }, timestamp: '2026-01-01T00:00:00Z' }),
      ['error bundle-first-entry Bundle.entry[0].resource'],
    ],
    [
      'that is a collection has no pages',
      bundle('collection', [at('1')], { link: [{ relation: 'next', url: 'http://example.org' }] }),
      ['error bundle-link-page Bundle.link[0].relation'],
    ],
    [
      'has one link to itself',
      bundle('collection', [at('1')], {
        link: [
          { relation: 'self', url: 'http://a.org' },
          { relation: 'self', url: 'http://b.org' },
        ],
      }),
      ['error bundle-link-twice Bundle.link[1].relation'],
    ],
    [
      'of what was found says what was sought',
      bundle('searchset', [{ ...at('1'), search: { mode: 'match' } }]),
      ['warning bundle-search-self Bundle'],
    ],
    [
      'of what was found says in which mode',
      bundle('searchset', [{ ...at('1'), search: { mode: 'match' } }, at('2')], self),
      ['warning bundle-search-mode Bundle.entry[1]'],
    ],
    [
      'of what was found holds it',
      bundle('searchset', [{ fullUrl: 'urn:x', search: { mode: 'match' } }], self),
      ['error bundle-search-resource Bundle.entry[0]'],
    ],
    [
      'of what was found has ids',
      bundle('searchset', [{ fullUrl: 'urn:x', search: { mode: 'match' }, resource: patient({}) }], self),
      ['error bundle-search-id Bundle.entry[0].resource'],
    ],
    [
      'of what was found holds the type that was sought',
      bundle(
        'searchset',
        [
          {
            fullUrl: 'urn:x',
            search: { mode: 'match' },
            resource: { resourceType: 'Basic', id: '1', code: { text: 'x' } },
          },
        ],
        self,
      ),
      ['error bundle-search-type Bundle.entry[0].resource'],
    ],
    [
      'tells of an entry that was meant',
      bundle('collection', [
        at('1', { link: [{ other: { reference: 'Patient/2' }, type: 'seealso' }] }),
        { ...at('2'), fullUrl: 'urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0' },
      ]),
      ['warning bundle-entry-possible-match Bundle.entry[0].resource.link[0].other'],
    ],
    [
      'holds what a urn leads to',
      bundle('collection', [
        at('1', { link: [{ other: { reference: 'urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0' }, type: 'seealso' }] }),
      ]),
      ['warning bundle-reference-not-local Bundle.entry[0].resource.link[0].other'],
    ],
  ]);
});
