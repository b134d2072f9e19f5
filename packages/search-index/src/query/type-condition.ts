import type { Value } from '@dhp/fhir-search';
import type { Condition } from '../condition/condition.ts';
import type { Ask } from '../types/ask.ts';
import { compositeCondition } from '../types/composite/matching.ts';
import { dateCondition } from '../types/date/matching.ts';
import { numberCondition } from '../types/number/matching.ts';
import { quantityCondition } from '../types/quantity/matching.ts';
import { referenceCondition } from '../types/reference/matching.ts';
import { stringCondition } from '../types/string/matching.ts';
import { tokenCondition } from '../types/token/matching.ts';
import { uriCondition } from '../types/uri/matching.ts';

/** At least one of the values, by the type of the parameter. */
export function typeCondition(ask: Ask, values: readonly Value[]): Condition {
  switch (ask.parameter.type) {
    case 'token':
      return tokenCondition(ask, values);
    case 'string':
      return stringCondition(ask, values);
    case 'reference':
      return referenceCondition(ask, values);
    case 'date':
      return dateCondition(ask, values);
    case 'number':
      return numberCondition(ask, values);
    case 'quantity':
      return quantityCondition(ask, values);
    case 'uri':
      return uriCondition(ask, values);
    case 'composite':
      return compositeCondition(ask, values);
    case 'special':
      throw new TypeError(`${ask.parameter.code} of ${ask.type} has rules that are not known here`);
  }
}
