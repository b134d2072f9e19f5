import type { Presentation } from '../contract/presentation.ts';

/** The bytes as they are stored. The two constants are compared by identity: nothing has to be done for the first. */
export const plainJson: Presentation = { format: 'json', isPretty: false };
export const plainXml: Presentation = { format: 'xml', isPretty: false };
