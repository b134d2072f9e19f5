import type { Budget } from '@dhp/budget';
import type { XmlFault } from './xml-fault.ts';

/** Limits of reading and writing a text. */
export interface XmlLimits {
  /** UTF-16 code units of the input text and of the output text. Default 2^28, half of the longest string. */
  readonly maxLength?: number;
  /** Limits reading and writing: each character, element and attribute is charged. BudgetSpent is thrown beyond it. */
  readonly budget?: Budget | undefined;
}

/** How a text is read. */
export interface XmlReading extends XmlLimits {
  /**
   * Called with each fault after which reading can continue, instead of ending at the first one: elements that are unknown, of another namespace
   * or repeated too often are left out, those out of order are read, a value of the wrong form becomes a text, and an element without content an
   * empty object. Faults after which reading is impossible are thrown nevertheless.
   */
  readonly onFault?: (fault: XmlFault) => void;
}

/** The most faults of one text that are reported; the next one ends the reading. */
export const mostFaults = 100;

/** Units of work for an element or attribute, and characters for which there is one more. */
export const [unitsOfNode, charactersOfUnit] = [4, 16];

export const defaultMaxLength = 2 ** 28;

/**
 * Open JSON objects and arrays. It is the depth that `scanJson` accepts, so a resource can be read in both forms; the real examples stay
 * below 30.
 */
export const maxDepth = 500;

/** Open elements of a narrative. */
export const maxNarrativeDepth = 200;
