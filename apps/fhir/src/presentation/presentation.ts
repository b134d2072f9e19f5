import type { Format } from '../http/media-type.ts';
import type { Subset } from './subset.ts';

/** How the client wants to see what a route answers. */
export interface Presentation {
  readonly format: Format;
  readonly isPretty: boolean;
  readonly subset?: Subset | undefined;
  /** For a Binary: as its own content, where this says of its media type that the client takes it. */
  readonly raw?: ((contentType: string) => boolean) | undefined;
  /** For a Binary: it can only be shown as its own content; the client takes no format of FHIR. */
  readonly isOnlyRaw?: boolean;
}

/** The bytes as they are stored. The two constants are compared by identity: nothing has to be done for the first. */
export const plainJson: Presentation = { format: 'json', isPretty: false };
export const plainXml: Presentation = { format: 'xml', isPretty: false };
