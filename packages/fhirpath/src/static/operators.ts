import type { BinaryOperator } from '../ast.ts';
import { anything, groups, isOpen, many, mayBe, nameOfKind, single, type Kind } from './kind.ts';

/** A doubt about a part of an expression that holds for one item, and fails or is false for several. */
export interface CountFinding {
  readonly id: string;
  readonly text: string;
}

/** Operators that compare lists of any length; if only one of the two sides is a list, the finding is about the other. */
const ofLists: ReadonlySet<string> = new Set(['=', '!=', '~', '!~']);

/** Operators that take one item on each side. https://hl7.org/fhirpath/N1/#operations */
const ofItems: ReadonlySet<string> = new Set('< <= > >= + - * / div mod & is as'.split(' '));

/** Functions that take a part of a list. */
const ofParts: ReadonlySet<string> = new Set(['first', 'last', 'tail', 'skip', 'take']);

/** Whether a list may certainly come: false if the types are unknown. */
const isList = ({ types, isMany }: Kind): boolean => isMany && types !== undefined && types.size > 0;

const isOne = ({ types, isMany }: Kind): boolean => !isMany && types !== undefined && types.size > 0;

/** The sides of an operator that may be lists where one item is expected. */
export function countsOfOperator(operator: BinaryOperator | 'is' | 'as', left: Kind, right: Kind): CountFinding[] {
  const found: CountFinding[] = [];
  const tell = (side: 'LEFT' | 'RIGHT'): void => {
    const text = `the ${side.toLowerCase()} side of ${operator} may be several items`;
    found.push({ id: `FHIRPATH_COLLECTION_STATUS_OPERATION_${side}`, text });
  };
  const both = isList(left) && isList(right);
  if (ofLists.has(operator) ? both : !ofItems.has(operator)) return found;
  if (isList(left)) tell('LEFT');
  if (isList(right)) tell('RIGHT');
  return found;
}

/**
 * Doubts about a call by the numbers of its items and arguments.
 * @param takesOne whether each argument is to be one item
 */
export function countsOfCall(
  name: string,
  input: Kind,
  takesOne: readonly boolean[],
  given: readonly Kind[],
): CountFinding[] {
  const found: CountFinding[] = [];
  if (ofParts.has(name) && isOne(input))
    found.push({ id: 'FHIRPATH_NOT_A_COLLECTION', text: `${name}() is asked of one item, of which there is no part` });
  if (name === 'iif' && isList(input))
    found.push({ id: 'FHIRPATH_COLLECTION_STATUS_CONTEXT', text: `iif() is asked of what may be several items` });
  for (const [i, kind] of given.entries())
    if (takesOne[i] === true && isList(kind))
      found.push({
        id: 'FHIRPATH_COLLECTION_STATUS_PARAMETER',
        text: `argument ${i + 1} of ${name}() may be several items`,
      });
  return found;
}

/** The kind of the result of an arithmetic operator, or the id of the finding about its sides. */
export type Calculated = { readonly kind: Kind } | { readonly fault: string };

/** The result of an operator of arithmetic by the types of its sides. https://hl7.org/fhirpath/N1/#math-2 */
export function calculated(operator: BinaryOperator, a: Kind, b: Kind): Calculated {
  if (a.types === undefined || b.types === undefined || a.types.size === 0 || b.types.size === 0)
    return { kind: anything };
  if ([...a.types, ...b.types].some(isOpen)) return { kind: anything };
  const isDate = [...a.types].every(groups.temporal);
  if (isDate && (operator === '+' || operator === '-') && !mayBe(b, groups.quantity))
    return { fault: operator === '+' ? 'FHIRPATH_ARITHMETIC_PLUS' : 'FHIRPATH_ARITHMETIC_MINUS' };
  if (isDate) return { kind: { ...a, isMany: false } };
  if (operator === '+' && mayBe(a, groups.string) && mayBe(b, groups.string)) return { kind: single('System.String') };
  if (!mayBe(a, groups.numerical) || !mayBe(b, groups.numerical)) return { fault: 'FHIRPATH_OP_INCOMPATIBLE' };
  if (mayBe(a, groups.quantity) || mayBe(b, groups.quantity))
    return { kind: many('System.Quantity', 'System.Decimal') };
  const isWhole = operator !== '/' && [a, b].every(({ types }) => [...(types ?? [])].every(groups.integer));
  return { kind: single(isWhole ? 'System.Integer' : 'System.Decimal') };
}

/** The sentence for a fault of the sides of an operator. */
export const sidesOf = (operator: BinaryOperator, a: Kind, b: Kind): string =>
  `${operator} does not take ${nameOfKind(a)} and ${nameOfKind(b)}`;
