import type { PatchFault } from '@dhp/fhir-patch';
import type { XmlFault } from '@dhp/fhir-xml';
import type { Format, Subset } from './presentation.ts';

/** A patch as JSON text: the array of a JSON Patch (RFC 6902), or Parameters (https://hl7.org/fhir/R5/fhirpatch.html). */
export interface Patch {
  readonly kind: 'json-patch' | 'fhirpath-patch';
  readonly text: string;
}

/** The parts of a PatchFault that one thread tells another. */
export type PatchProblem = Pick<PatchFault, 'kind' | 'message' | 'operation'>;

export type Conversion =
  /** JSON as the client wants to see it. */
  | {
      readonly to: 'show';
      readonly format: Format;
      readonly isPretty: boolean;
      readonly subset: Subset | undefined;
      /** The units of work that it may take; without it there is no limit. */
      readonly most?: number | undefined;
    }
  /** XML that a client has sent. */
  | { readonly to: 'json'; readonly most?: undefined }
  /** The resource as a patch makes it. */
  | { readonly to: 'patched'; readonly patch: Patch; readonly most?: number | undefined };

/**
 * The bytes in UTF-8, or why they cannot be made; or that a patch changes nothing. With the units of work that were spent, which are more
 * than `most` where it was given up.
 */
export type Converted =
  | { readonly bytes: Uint8Array<ArrayBuffer>; readonly work: number }
  | { readonly fault: ConversionFault }
  | { readonly patchFault: PatchProblem }
  | { readonly unchanged: true; readonly work: number }
  | { readonly tooMuch: number };

export type ConversionFault = Pick<XmlFault, 'message' | 'line' | 'column' | 'path'>;

/** Converts in another thread, so that requests continue meanwhile. The thread is there while there is work for it. */
export interface Converter {
  /** @param body in UTF-8. Rejects when the thread ends before it has the result, as for want of memory. */
  readonly convert: (body: Buffer | string, conversion: Conversion) => Promise<Converted>;
  close(): Promise<void>;
}
