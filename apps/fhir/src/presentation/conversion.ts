/** What is made of a text, the same in this thread and in another one: messages between the two are plain data. */
import { jsonToXml, XmlFault, xmlToJson } from '@dhp/fhir-xml';
import type { Format } from '../http/media-type.ts';
import { parseExactly, type JsonObject } from './exact-json.ts';
import { subsetOf, type Subset } from './subset.ts';

export type Conversion =
  /** JSON as the client wants to see it. */
  | {
      readonly to: 'show';
      readonly format: Format;
      readonly isPretty: boolean;
      readonly subset: Subset | undefined;
    }
  /** XML that a client has sent. */
  | { readonly to: 'json' };

/** The bytes in UTF-8, or why they cannot be made. */
export type Converted = { readonly bytes: Uint8Array<ArrayBuffer> } | { readonly fault: ConversionFault };

export type ConversionFault = Pick<XmlFault, 'message' | 'line' | 'column' | 'path'>;

export function convert(text: string, conversion: Conversion): Converted {
  try {
    const made = conversion.to === 'json' ? xmlToJson(text) : shown(text, conversion);
    return { bytes: new TextEncoder().encode(made) };
  } catch (error) {
    if (!(error instanceof XmlFault)) throw error;
    const { message, line, column, path } = error;
    return { fault: { message, line, column, path } };
  }
}

/** The same memory. */
export function bufferOf({ buffer, byteOffset, byteLength }: Uint8Array<ArrayBuffer>): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

function shown(text: string, { format, isPretty, subset }: Conversion & { to: 'show' }): string {
  let json = text;
  if (subset !== undefined || (isPretty && format === 'json')) {
    const resource = parseExactly(text) as JsonObject;
    const part = subset === undefined ? resource : subsetOf(resource, subset);
    json = JSON.stringify(part, null, isPretty ? 2 : 0);
  }
  return format === 'xml' ? jsonToXml(json, { pretty: isPretty }) : json;
}
