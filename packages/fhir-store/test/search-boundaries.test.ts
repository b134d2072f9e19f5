/** `Location?contains=latitude|longitude`. https://hl7.org/fhir/R5/location.html#search, RFC 7946 */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { FhirStore } from '../src/index.ts';
import { storeUnderTest } from './database.ts';
import { setTimeout as delay } from 'node:timers/promises';
import { names, put, search, type Resource } from './search-world.ts';

const underTest = await storeUnderTest('search_boundaries');
let store: FhirStore;

function place(id: string, shape: unknown, more: object = {}): Resource {
  const text = typeof shape === 'string' ? shape : JSON.stringify(shape);
  return {
    resourceType: 'Location',
    id,
    extension: [
      { url: 'https://example.uz/StructureDefinition/other', valueString: 'x' },
      {
        url: 'http://hl7.org/fhir/StructureDefinition/location-boundary-geojson',
        valueAttachment: { contentType: 'application/geo+json', data: Buffer.from(text).toString('base64'), ...more },
      },
    ],
  };
}

/** A ring around a place, `half` degrees to each side. */
const square = (longitude: number, latitude: number, half: number): number[][] =>
  [
    [-1, -1],
    [1, -1],
    [1, 1],
    [-1, 1],
    [-1, -1],
  ].map(([x, y]) => [longitude + x! * half, latitude + y! * half]);

const polygon = (...coordinates: number[][][]): object => ({ type: 'Polygon', coordinates });
/** Its box has more within it than the triangle itself. */
const triangle = polygon([
  [60, 40],
  [64, 40],
  [60, 44],
  [60, 40],
]);

before(async () => {
  store = await underTest.open();
  await put(
    store,
    place('tashkent', polygon(square(69.24, 41.31, 0.2))),
    place('ring', polygon(square(67, 39.6, 1), square(67, 39.6, 0.5))),
    place('triangle', triangle),
    place('islands', {
      type: 'MultiPolygon',
      coordinates: [[square(10, 10, 1)], [square(20, 10, 1), square(20, 10, 0.1)]],
    }),
    place('feature', { type: 'Feature', properties: { type: 'Polygon' }, geometry: polygon(square(-70, -33, 1)) }),
    place('collection', {
      type: 'FeatureCollection',
      features: [
        { type: 'Feature', geometry: polygon(square(0, 0, 2)) },
        {
          type: 'Feature',
          geometry: {
            type: 'GeometryCollection',
            geometries: [polygon(square(0, 0, 1)), { type: 'Point', coordinates: [5, 5] }],
          },
        },
      ],
    }),
    place('no-json', 'not GeoJSON at all'),
    place('no-polygon', { type: 'Polygon', coordinates: [[['a', 'b']], 7] }),
    { resourceType: 'Location', id: 'elsewhere', position: { latitude: 41.31, longitude: 69.24 } },
    place('line', { type: 'LineString', coordinates: square(69.24, 41.31, 0.2) }),
  );
});

describe('contains', () => {
  const rows: [at: string, found: string[]][] = [
    ['41.31|69.24', ['tashkent']],
    ['41.5|69.4', ['tashkent']],
    ['41.52|69.24', []],
    ['69.24|41.31', []],
    ['39.6|66.2', ['ring']],
    ['39.6|67', []],
    ['41|61', ['triangle']],
    ['43.5|63.5', []],
    ['10|10.5', ['islands']],
    ['10|20.5', ['islands']],
    ['10|20', []],
    ['10|15', []],
    ['-33|-70', ['feature']],
    ['0|0.5', ['collection']],
    ['0|1.5', ['collection']],
    ['5|5', []],
    ['41.31|69.24,-33|-70', ['feature', 'tashkent']],
  ];
  for (const [at, found] of rows) {
    it(`${at} → ${found.join(' ') || 'nothing'}`, async () => {
      assert.deepEqual(
        names(await search(store, 'Location', `contains=${at}`, { total: 'accurate' })).sort(),
        found.map((id) => `Location/${id}`),
      );
    });
  }

  it('goes with other conditions, and with chains', async () => {
    await put(store, {
      resourceType: 'HealthcareService',
      id: 'h',
      coverageArea: [{ reference: 'Location/tashkent' }],
    });
    assert.deepEqual(names(await search(store, 'HealthcareService', 'coverage-area.contains=41.31|69.24')), [
      'HealthcareService/h',
    ]);
    assert.deepEqual(names(await search(store, 'HealthcareService', 'coverage-area.contains=0|0')), []);
    assert.deepEqual(names(await search(store, 'Location', 'contains=41.31|69.24&_id=ring')), []);
  });

  it('follows a change of the boundary', async () => {
    await put(store, place('moving', polygon(square(100, 50, 1))));
    assert.deepEqual(names(await search(store, 'Location', 'contains=50|100')), ['Location/moving']);
    await put(store, place('moving', polygon(square(110, 50, 1))));
    assert.deepEqual(names(await search(store, 'Location', 'contains=50|100')), []);
    assert.deepEqual(names(await search(store, 'Location', 'contains=50|110')), ['Location/moving']);
  });

  it('finds Locations that others contain', async () => {
    const inside = { ...place('inside', polygon(square(-120, 35, 1))), id: 'l' };
    await put(store, {
      resourceType: 'Encounter',
      id: 'visit',
      status: 'planned',
      contained: [inside],
      location: [{ location: { reference: '#l' } }],
    });
    const found = async (at: string): Promise<string[]> =>
      names(await search(store, 'Location', `contains=${at}&_contained=true`));
    assert.deepEqual([await found('35|-120'), await found('35|-122')], [['Encounter/visit'], []]);
    assert.deepEqual(names(await search(store, 'Encounter', 'location.contains=35|-120')), ['Encounter/visit']);
  });

  it('reads the shape at the write, so that a search needs no body; it goes with the last Location that has it', async () => {
    const { sql } = underTest.database;
    const rows = async (): Promise<number> =>
      Number((await sql<{ n: string }[]>`select count(*) as n from fhir.boundary where area @> point(150, 5)`)[0]!.n);
    const shape = polygon(square(150, 5, 1));
    await put(store, place('one', shape), place('two', shape));
    assert.equal(await rows(), 1);
    await sql`update fhir.boundary set at = now() - interval '1 hour'`;
    await store.delete({ type: 'Location', id: 'one' });
    const another = await underTest.open({ clearsAfter: 0 });
    await delay(500);
    assert.equal(await rows(), 1, 'the other has it still');
    await another.close();
    await store.delete({ type: 'Location', id: 'two' });
    for (let n = 0; n < 600 && (await rows()) > 0; n += 1) {
      const next = await underTest.open({ clearsAfter: 0 });
      await delay(50);
      await next.close();
    }
    assert.equal(await rows(), 0);
    await put(store, place('three', shape));
    assert.deepEqual(names(await search(store, 'Location', 'contains=5|150')), ['Location/three']);
    const inside = names(await search(store, 'Location', 'contains=35|-120&_contained=true'));
    assert.deepEqual(inside, ['Encounter/visit'], 'nor does that of a contained one');
  });
});
