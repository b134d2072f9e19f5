import { Fault } from './xml-fault.ts';
import type { Literal } from './layout.ts';

const integer = /^-?(?:0|[1-9]\d*)$/;
const decimal = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** Whether a number as JSON spells it can be a value of that type. */
export function isNumberOf(literal: Literal, text: string): boolean {
  return literal === 'decimal' || (literal === 'integer' && integer.test(text));
}

/**
 * A `value` attribute as JSON. Strings keep all their white space. Around a boolean or a number white space is trimmed, as the
 * specification asks of readers, and the plus that R5 allows before an integer is dropped: JSON can hold neither.
 */
export function toJsonLiteral(literal: Literal, value: string, type: string, offset: number): string {
  if (literal === 'string') return JSON.stringify(value);
  const trimmed = value.trim();
  const text = literal === 'integer' ? trimmed.replace(/^\+(?=[1-9])/, '') : trimmed;
  const isValid =
    literal === 'boolean'
      ? text === 'true' || text === 'false'
      : (literal === 'integer' ? integer : decimal).test(text) && Number.isFinite(Number(text));
  if (!isValid) throw new Fault('value', `${quoted(value)} is not a value of type ${type}`, offset);
  return text;
}

/** A string from the text for a message, shortened. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}
