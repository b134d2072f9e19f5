import type { Value } from '../../ast/value.ts';
import type { SearchParameterType } from '../../parameters/encoding.ts';
import { badValue, type Ask } from '../ask.ts';
import { splitEscaped, unescape } from '../escapes.ts';
import { dateValue } from './date.ts';
import { numberValue } from './number.ts';
import { quantityValue } from './quantity.ts';
import { reference } from './reference.ts';
import { textValue } from './string.ts';
import { token } from './token.ts';

const measured: ReadonlySet<SearchParameterType> = new Set(['date', 'number', 'quantity', 'string']);

/** `a$b`: all components in the same repetition. https://hl7.org/fhir/R5/search.html#composite */
export function compositeValue(ask: Ask, value: string): Value {
  const types = ask.parameter.component.map(({ type }) => type);
  const parts = splitEscaped(value, '$');
  if (parts.length !== types.length || parts.includes('')) {
    return badValue(ask, value, `${types.join('$')}, with $ between its ${types.length} components`);
  }
  const components: Value[] = [];
  // Faulty codes are reported before faulty measures.
  for (const isMeasured of [false, true]) {
    for (const [part, type] of types.entries()) {
      if (measured.has(type) === isMeasured) components[part] = component(ask, type, parts[part]!, value);
    }
  }
  return { type: 'composite', components };
}

function component(ask: Ask, type: SearchParameterType, part: string, whole: string): Value {
  switch (type) {
    case 'date':
      return dateValue(ask, part);
    case 'number':
      return numberValue(ask, part);
    case 'quantity':
      return quantityValue(ask, part);
    case 'string':
      return textValue(ask, part);
    case 'uri':
      return { type: 'uri', uri: unescape(part) };
    case 'reference':
      return reference(ask, unescape(part));
    case 'token':
    case 'composite':
    case 'special': {
      const found = token(ask, part);
      if (found.code !== undefined) return found;
      return badValue(ask, whole, 'a code in each token of a composite: system| alone cannot be asked for');
    }
  }
}
