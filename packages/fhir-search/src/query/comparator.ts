import type { Comparator } from '../ast/value.ts';

const prefixed = /^(eq|ne|gt|lt|ge|le|sa|eb|ap)(?=[-+.\d])/;

/** The prefix of a number, date or quantity and the rest. No prefix means `eq`. https://hl7.org/fhir/R5/search.html#prefix */
export function splitPrefix(text: string): { comparator: Comparator; rest: string } {
  const match = prefixed.exec(text);
  if (match === null) return { comparator: 'eq', rest: text };
  return { comparator: match[1] as Comparator, rest: text.slice(2) };
}
