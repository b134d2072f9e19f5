/** A boundary whose collections lie very deep within each other is indexed without it, and needs no stack. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { indexRow } from '../src/rows.ts';

const ring = [
  [0, 0],
  [1, 0],
  [1, 1],
  [0, 0],
]
  .map(String)
  .join('],[');
const nested = (depth: number): object => {
  const polygon = `{"type":"Polygon","coordinates":[[[${ring}]]]}`;
  const text = '{"type":"GeometryCollection","geometries":['.repeat(depth) + polygon + ']}'.repeat(depth);
  const valueAttachment = { contentType: 'application/geo+json', data: Buffer.from(text).toString('base64') };
  const url = 'http://hl7.org/fhir/StructureDefinition/location-boundary-geojson';
  return { resourceType: 'Location', id: 'l', extension: [{ url, valueAttachment }] };
};
const boundaries = (depth: number): number =>
  indexRow(nested(depth) as { resourceType: string }).words.filter(({ boundary }) => boundary !== undefined).length;

test('collections within each other', () => {
  assert.equal(boundaries(0), 1);
  assert.equal(boundaries(5), 1);
  assert.equal(boundaries(3_000), 0);
  assert.equal(boundaries(20_000), 0);
});
