import type { Budget } from '@dhp/budget';
import type { XmlFault } from './xml-fault.ts';

/** Limits of reading and writing a text. */
export interface XmlLimits {
  /** UTF-16 code units of the text that goes in, and of the text that comes out. Default 2^28, half of what a string can hold. */
  readonly maxLength?: number;
  /** Limits reading and writing: each character, element and attribute is charged. BudgetSpent is thrown beyond it. */
  readonly budget?: Budget | undefined;
}

/** How a text is read. */
export interface XmlReading extends XmlLimits {
  /**
   * Called with each fault that leaves the rest to be read, instead of ending at the first one: what is unknown, of another namespace or once too
   * often is left out, what is out of order is read, a value of the wrong form becomes a text, and an element without content an empty object.
   * Faults that leave nothing to be read are thrown all the same.
   */
  readonly onFault?: (fault: XmlFault) => void;
}

/** Faults of one text that are told; the next one ends the reading. */
export const mostFaults = 100;

/** Units of work for an element or attribute, and characters for which there is one more. */
export const [unitsOfNode, charactersOfUnit] = [4, 16];

export const defaultMaxLength = 2 ** 28;

/**
 * Open JSON objects and arrays. It is the depth that `scanJson` accepts, so what is read
 * from XML can be read as JSON and the other way round; the real examples stay below 30.
 */
export const maxDepth = 500;

/** Open elements of a narrative. */
export const maxNarrativeDepth = 200;
