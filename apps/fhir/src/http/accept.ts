/** Negotiates the format of the answer: `_format`, else `Accept`. RFC 9110 section 12.5.1 */
import { formatNames, isVersion5, mediaType } from './media-type.ts';
import type { Query } from '../contract/query.ts';
import type { Format } from '../contract/presentation.ts';

interface Range {
  readonly type: string;
  readonly quality: number;
  readonly position: number;
}

interface Rank {
  readonly quality: number;
  /** 3 for a type by its name, 2 for all its subtypes, 1 for everything. */
  readonly precision: number;
  readonly position: number;
}

/**
 * The format that suits best, undefined when none does. The highest weight wins, then the one that is named rather than meant
 * by `*`, then the one named first, then JSON.
 */
export function acceptedFormat(accept: string): Format | undefined {
  const ranges = rangesOf(accept);
  // A browser that shows a page ranks all XML over all else, and means XHTML.
  const isPage = ranges.some(({ type }) => type === 'text/html');
  const json = rankOf(formatNames.json, ranges);
  const xml = rankOf(isPage ? ['application/fhir+xml'] : formatNames.xml, ranges);
  if (json === undefined || xml === undefined) return json === undefined ? xml && 'xml' : 'json';
  const difference = xml.quality - json.quality || xml.precision - json.precision || json.position - xml.position;
  return difference > 0 ? 'xml' : 'json';
}

/** The position of the media type that suits best, each with its names; undefined when none does. Among equal ones the first. */
export function acceptedType(accept: string, offered: readonly (readonly string[])[]): number | undefined {
  const ranges = rangesOf(accept);
  let best: (Rank & { readonly at: number }) | undefined;
  for (const [at, names] of offered.entries()) {
    const rank = rankOf(names, ranges);
    const difference =
      best === undefined || rank === undefined
        ? 0
        : rank.quality - best.quality || rank.precision - best.precision || best.position - rank.position;
    if (rank !== undefined && (best === undefined || difference > 0)) best = { ...rank, at };
  }
  return best?.at;
}

/** Whether Accept leaves room for a media type. */
export function acceptsType(accept: string, type: string): boolean {
  return rankOf([type], rangesOf(accept)) !== undefined;
}

/** The media type of server-sent events. https://html.spec.whatwg.org/multipage/server-sent-events.html */
export const eventStream = 'text/event-stream';

/** Whether Accept asks for server-sent events rather than for a resource; `_format` asks for that. */
export function wantsEvents(accept: string | undefined, query: Query | undefined): boolean {
  if (accept === undefined || query?.['_format'] !== undefined) return false;
  return acceptedType(accept, [[...formatNames.json, ...formatNames.xml], [eventStream]]) === 1;
}

/** Whether Accept names one of FHIR's own media types: then a Binary is wanted as a resource. */
export function namesFhir(accept: string): boolean {
  return rangesOf(accept).some(
    ({ type, quality }) => (type === 'application/fhir+json' || type === 'application/fhir+xml') && quality > 0,
  );
}

/** Names of NDJSON of resources, as the bulk data guide has them. */
export const lineTypes = ['application/fhir+ndjson', 'application/ndjson', 'ndjson'] as const;

/** Whether the query, or else Accept, asks for a resource a line rather than for one resource. */
export function wantsLines(accept: string | undefined, query: Query | undefined): boolean {
  const named = query?.['_outputFormat'] ?? query?.['_format'];
  if (named !== undefined) return lineTypes.some((type) => type === named);
  if (accept === undefined) return false;
  return acceptedType(accept, [[...formatNames.json, ...formatNames.xml], lineTypes]) === 1;
}

/**
 * The format whose general media type (`application/json`, not `application/fhir+json`) Accept asks for; undefined if it
 * names one of FHIR's own, or none.
 */
export function acceptedPlainFormat(accept: string): Format | undefined {
  const format = acceptedFormat(accept);
  if (format === undefined || namesFhir(accept)) return undefined;
  const [, ...general] = formatNames[format];
  return rangesOf(accept).some(({ type, quality }) => quality > 0 && general.some((name) => name === type))
    ? format
    : undefined;
}

function rangesOf(accept: string): Range[] {
  // Without a media range nothing is said; Java's own client writes a lone star for everything (RFC 9110 section 12.5.1).
  const given = accept.trim() === '' ? '*/*' : accept;
  return given.split(',').flatMap((text, position) => {
    const { type: named, parameters } = mediaType(text);
    const type = named === '*' ? '*/*' : named;
    const weight = Number(parameters.get('q') ?? 1);
    const quality = weight >= 0 && weight <= 1 ? weight : 0;
    return isVersion5(parameters.get('fhirversion')) ? [{ type, quality, position }] : [];
  });
}

function rankOf(names: readonly string[], ranges: readonly Range[]): Rank | undefined {
  let best: Rank | undefined;
  for (const { type, quality, position } of ranges) {
    const precision = precisionOf(type, names);
    if (precision === 0) continue;
    // A more precise range overrules a wider one; among equal ones the better weight counts.
    const isBetter =
      best === undefined || precision > best.precision || (precision === best.precision && quality > best.quality);
    if (isBetter) best = { quality, precision, position };
  }
  return best !== undefined && best.quality > 0 ? best : undefined;
}

function precisionOf(range: string, names: readonly string[]): number {
  if (names.includes(range)) return 3;
  if (range === '*/*') return 1;
  return range.endsWith('/*') && names.some((name) => name.startsWith(range.slice(0, -1))) ? 2 : 0;
}
