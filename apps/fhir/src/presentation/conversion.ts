/** What is made of a text, the same in this thread and in another one: messages between the two are plain data. */
import { PatchFault } from '@dhp/fhir-patch';
import { jsonToXml, XmlFault, xmlToJson } from '@dhp/fhir-xml';
import type { Format } from '../http/media-type.ts';
import { patchedText, type Patch, type PatchProblem } from '../patch/patched-text.ts';
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
  | { readonly to: 'json' }
  /** The resource as a patch makes it. */
  | { readonly to: 'patched'; readonly patch: Patch };

/** The bytes in UTF-8, or why they cannot be made; or that a patch changes nothing. */
export type Converted =
  | { readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly fault: ConversionFault }
  | { readonly patchFault: PatchProblem }
  | { readonly unchanged: true };

export type ConversionFault = Pick<XmlFault, 'message' | 'line' | 'column' | 'path'>;

export function convert(text: string, conversion: Conversion): Converted {
  if (conversion.to === 'patched') return patched(text, conversion.patch);
  try {
    const made = conversion.to === 'json' ? xmlToJson(text) : shown(text, conversion);
    return { bytes: new TextEncoder().encode(made) };
  } catch (error) {
    if (!(error instanceof XmlFault)) throw error;
    const { message, line, column, path } = error;
    return { fault: { message, line, column, path } };
  }
}

/** Why the bytes of a conversion cannot be made, where they cannot. */
export function faultOf(converted: Converted): ConversionFault {
  if ('fault' in converted) return converted.fault;
  throw new Error('the conversion was no patch');
}

function patched(text: string, patch: Patch): Converted {
  try {
    const made = patchedText(patch, text);
    return made === undefined ? { unchanged: true } : { bytes: new TextEncoder().encode(made) };
  } catch (error) {
    if (!(error instanceof PatchFault)) throw error;
    const { kind, message, operation } = error;
    return { patchFault: { kind, message, operation } };
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
