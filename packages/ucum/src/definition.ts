import { longestCode, unitOf } from './unit.ts';

interface Sign extends Readonly<Partial<Record<SignKind, string>>> {
  readonly at: number;
}

type SignKind = 'operator' | 'open' | 'close' | 'annotation' | 'unit' | 'exponent' | 'factor';

/** Signs of the grammar of UCUM (https://ucum.org/ucum#section-Syntax-Rules), one after the other. */
const sign =
  /(?<operator>[./])|(?<open>\()|(?<close>\))|(?<annotation>\{[^{}]*\})|(?<unit>10[*^]|(?:\[[^\]]*\]|[A-Za-z%'"_])+)(?<exponent>[+-]?\d+)?|(?<factor>\d+)/y;

/**
 * The meaning of the parts of a code, in English: `(milligram) / (deciliter)`. An annotation is the number one. Undefined for an invalid code.
 * @example
 * definitionOf('kg/m2'); // '(kilogram) / (meter ^ 2)'
 */
export function definitionOf(code: string): string | undefined {
  if (unitOf(code) === undefined) return undefined;
  let text = '';
  let isAfterValue = false;
  for (const { operator, open, close, annotation, unit, exponent, factor } of signsOf(code)) {
    if (operator !== undefined) text += operator === '.' ? ' * ' : `${isAfterValue ? '' : '1'} / `;
    else if (open !== undefined || close !== undefined) text += open ?? close ?? '';
    else if (annotation !== undefined) text += isAfterValue ? ' * 1' : '1';
    else if (unit !== undefined)
      text += `(${unitOf(unit)?.display ?? unit}${exponent === undefined ? '' : ` ^ ${Number(exponent)}`})`;
    else if (factor !== undefined) text += factor;
    isAfterValue = operator === undefined && open === undefined;
  }
  return text;
}

/**
 * The first unit in a text that is unknown in UCUM, and the character at which it begins, from 1; undefined if all are known.
 * @example
 * unknownUnitIn('mg/kgXX'); // { unit: 'kgXX', at: 4 }
 */
export function unknownUnitIn(code: string): { unit: string; at: number } | undefined {
  if (code.length > longestCode) return undefined;
  for (const { unit, at } of signsOf(code)) if (unit !== undefined && unitOf(unit) === undefined) return { unit, at };
  return undefined;
}

/** The tokens of a code up to the first that is not in the grammar. */
function* signsOf(code: string): Generator<Sign> {
  for (let at = 0; at < code.length;) {
    sign.lastIndex = at;
    const found = sign.exec(code);
    if (found === null) return;
    yield { ...found.groups, at: at + 1 };
    at = sign.lastIndex;
  }
}
