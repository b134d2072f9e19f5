import type { Collection } from '../collection.ts';
import { FhirPathError, type Position } from '../errors.ts';
import { singleton } from '../node.ts';
import type { Run } from '../scope.ts';
import { Decimal } from '../values/decimal.ts';
import { commensurate } from '../values/quantity.ts';
import { compareTemporal, isTemporal } from '../values/temporal.ts';
import { asQuantity } from './equality.ts';
import { isNumber, nameOf, systemValue } from './system-value.ts';

/**
 * Negative, zero or positive; undefined if one side is empty or the order is undecidable (precision, units).
 * https://hl7.org/fhirpath/N1/#comparison
 * @throws FhirPathError `evaluation` for several items or values of different kinds.
 */
export function compareCollections(a: Collection, b: Collection, run: Run, at: Position): number | undefined {
  if (a.size === 0 || b.size === 0) return undefined;
  singleton(a, at);
  singleton(b, at);
  const [left, right] = [systemValue(a.values[0], a.typeAt(0)), systemValue(b.values[0], b.typeAt(0))];
  if (left === undefined || right === undefined) return undefined;
  const order = compareValues(left, right, run);
  if (order !== 'different') return order;
  const [leftName, rightName] = [nameOf(left, a.typeAt(0)), nameOf(right, b.typeAt(0))];
  throw new FhirPathError('evaluation', `${leftName} and ${rightName} have no order`, at);
}

export function compareValues(left: unknown, right: unknown, run: Run): number | undefined | 'different' {
  if (typeof left === 'number' && typeof right === 'number' && Number.isInteger(left) && Number.isInteger(right)) {
    return left - right;
  }
  if (typeof left === 'string' && typeof right === 'string') return left < right ? -1 : left > right ? 1 : 0;
  if (isNumber(left) && isNumber(right)) return Decimal.of(left).compare(Decimal.of(right));
  if (isTemporal(left) && isTemporal(right) && (left.temporal === 'time') === (right.temporal === 'time')) {
    return compareTemporal(left, right, run.impliedZone);
  }
  const [a, b] = [asQuantity(left, right), asQuantity(right, left)];
  if (a === undefined || b === undefined) return 'different';
  const values = commensurate(a, b, run.environment.convertUnit);
  return values?.[0].compare(values[1]);
}
