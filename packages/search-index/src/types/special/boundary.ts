import type { Rings } from '../../row/index-row.ts';
/** The boundary of a place, for `contains`. https://hl7.org/fhir/R5/location.html#search, RFC 7946 */
import type { JsonResource } from '@dhp/fhir-search';
import { hash64 } from '../../keys/hash.ts';
import { objectOf, objectsOf } from '../json.ts';

/** Degrees; a boundary over the date line is cut there (RFC 7946, section 3.1.9), and then its box is the whole width. */
interface Box {
  readonly south: number;
  readonly north: number;
  readonly west: number;
  readonly east: number;
}

const url = 'http://hl7.org/fhir/StructureDefinition/location-boundary-geojson';

interface Boundary {
  /** Key of the GeoJSON, among the keys of the Location. */
  readonly key: bigint;
  readonly polygons: readonly Rings[];
  /** Bounding box of the boundary. */
  readonly box: Box;
}

/** The boundary of a Location; undefined without one, if it is outside of the resource itself, and for other data than GeoJSON. */
export function boundaryOf({ extension }: JsonResource): Boundary | undefined {
  const texts = objectsOf(extension)
    .filter((each) => each.url === url)
    .flatMap((each) => geoJson(objectOf(each.valueAttachment).data) ?? []);
  const polygons = texts.flatMap((text) => polygonsIn(text.shape));
  if (polygons.length === 0) return undefined;
  const box = { south: Infinity, north: -Infinity, west: Infinity, east: -Infinity };
  for (const [longitude, latitude] of polygons.flat(2)) {
    box.south = Math.min(box.south, latitude);
    box.north = Math.max(box.north, latitude);
    box.west = Math.min(box.west, longitude);
    box.east = Math.max(box.east, longitude);
  }
  return { key: hash64(`boundary\n${texts.map(({ data }) => data).join('\n')}`), polygons, box };
}

function geoJson(data: unknown): { data: string; shape: unknown } | undefined {
  if (typeof data !== 'string') return undefined;
  try {
    return { data, shape: JSON.parse(Buffer.from(data, 'base64').toString()) as unknown };
  } catch {
    return undefined;
  }
}

/** Nested collections: RFC 7946, section 3.1.8, advises against any. Deeper ones are ignored. */
const mostNested = 20;

/** Returns the polygons of a geometry, a feature, or a collection of either. */
function polygonsIn(shape: unknown, nesting = 0): Rings[] {
  if (nesting > mostNested) return [];
  const within = (inner: unknown): Rings[] => polygonsIn(inner, nesting + 1);
  const { type, coordinates, geometry, geometries, features } = objectOf(shape);
  switch (type) {
    case 'Polygon':
      return polygonsAmong([coordinates]);
    case 'MultiPolygon':
      return polygonsAmong(coordinates);
    case 'Feature':
      return within(geometry);
    case 'GeometryCollection':
      return objectsOf(geometries).flatMap(within);
    case 'FeatureCollection':
      return objectsOf(features).flatMap(within);
    default:
      return [];
  }
}

/** Returns the shapes that are polygons: all their rings consist of positions only. */
function polygonsAmong(coordinates: unknown): Rings[] {
  if (!Array.isArray(coordinates)) return [];
  return coordinates.flatMap((rings: unknown) =>
    Array.isArray(rings) && rings.length > 0 && rings.every(isRing) ? [rings as Rings] : [],
  );
}

function isRing(ring: unknown): boolean {
  return (
    Array.isArray(ring) &&
    ring.length > 0 &&
    ring.every(
      (position: unknown) =>
        Array.isArray(position) && Number.isFinite(position[0] as unknown) && Number.isFinite(position[1] as unknown),
    )
  );
}
