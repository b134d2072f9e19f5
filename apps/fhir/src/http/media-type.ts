import type { Format } from '../contract/presentation.ts';
/** Media types as headers write them. RFC 9110 section 8.3.1 */
export interface MediaType {
  /** `type/subtype`, in lower case. */
  readonly type: string;
  /** Names in lower case. */
  readonly parameters: ReadonlyMap<string, string>;
}

export function mediaType(text: string): MediaType {
  const known = read.get(text);
  if (known !== undefined) return known;
  const made = mediaTypeIn(text);
  if (read.size < mostRead && text.length <= longestRead) read.set(text, made);
  return made;
}

/** Clients repeat a handful of headers: the parsed results of the first ones are cached. */
const read = new Map<string, MediaType>();
const [mostRead, longestRead] = [200, 100];

function mediaTypeIn(text: string): MediaType {
  const [type = '', ...rest] = text.split(';');
  const parameters = new Map<string, string>();
  for (const parameter of rest) {
    const at = parameter.indexOf('=');
    if (at < 0) continue;
    const value = parameter.slice(at + 1).trim();
    parameters.set(parameter.slice(0, at).trim().toLowerCase(), value.replace(/^"(.*)"$/, '$1'));
  }
  return { type: type.trim().toLowerCase(), parameters };
}

/** The names under which each format of a resource goes; the first is FHIR's own. https://hl7.org/fhir/R5/http.html#mime-type */
export const formatNames = {
  json: ['application/fhir+json', 'application/json', 'text/json'],
  xml: ['application/fhir+xml', 'application/xml', 'text/xml'],
} as const;

const formats = new Map<string, Format>(
  (['json', 'xml'] as const).flatMap((format) => formatNames[format].map((name) => [name, format] as const)),
);

/** The format of a resource that a `type/subtype` stands for. */
export function formatOf(type: string): Format | undefined {
  return formats.get(type);
}

/** Whether the parameter `fhirVersion`, if there is one, is that of R5. https://hl7.org/fhir/R5/versioning.html#mt-version */
export function isVersion5(version: string | undefined): boolean {
  return version === undefined || version === '5.0' || version === '5.0.0';
}
