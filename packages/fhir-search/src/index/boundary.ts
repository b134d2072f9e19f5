/** The boundary of a place, by which `contains` finds it. https://hl7.org/fhir/R5/location.html#search, RFC 7946 */
import type { JsonResource } from '../patient-compartment.ts';
import { objectOf, objectsOf } from '../values/json.ts';

/** Degrees; a boundary over the date line is cut there (RFC 7946, section 3.1.9), and then its box is the whole width. */
export interface Box {
  readonly south: number;
  readonly north: number;
  readonly west: number;
  readonly east: number;
}

const url = 'http://hl7.org/fhir/StructureDefinition/location-boundary-geojson';

/** What lies within it may be within the boundary; undefined where there is none, or it is not in the resource itself. */
export function boundaryBox({ extension }: JsonResource): Box | undefined {
  const positions = objectsOf(extension)
    .filter((each) => each.url === url)
    .flatMap((each) => positionsIn(geoJson(objectOf(each.valueAttachment).data)));
  if (positions.length === 0) return undefined;
  const box = { south: Infinity, north: -Infinity, west: Infinity, east: -Infinity };
  for (const [longitude, latitude] of positions) {
    box.south = Math.min(box.south, latitude);
    box.north = Math.max(box.north, latitude);
    box.west = Math.min(box.west, longitude);
    box.east = Math.max(box.east, longitude);
  }
  return box;
}

function geoJson(data: unknown): unknown {
  if (typeof data !== 'string') return undefined;
  try {
    return JSON.parse(Buffer.from(data, 'base64').toString());
  } catch {
    return undefined;
  }
}

type Position = readonly [longitude: number, latitude: number];

/** Of the polygons of a geometry, a feature, or a collection of either. */
function positionsIn(shape: unknown): Position[] {
  const { type, coordinates, geometry, geometries, features } = objectOf(shape);
  switch (type) {
    case 'Polygon':
    case 'MultiPolygon':
      return positionsAmong(coordinates);
    case 'Feature':
      return positionsIn(geometry);
    case 'GeometryCollection':
      return objectsOf(geometries).flatMap(positionsIn);
    case 'FeatureCollection':
      return objectsOf(features).flatMap(positionsIn);
    default:
      return [];
  }
}

function positionsAmong(coordinates: unknown): Position[] {
  if (!Array.isArray(coordinates)) return [];
  const [longitude, latitude] = coordinates as unknown[];
  if (typeof longitude === 'number' && typeof latitude === 'number') return [[longitude, latitude]];
  return coordinates.flatMap(positionsAmong);
}
