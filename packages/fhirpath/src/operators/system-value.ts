import { bare } from '../collection.ts';
import { systemTypeOf } from '../types.ts';
import { Decimal } from '../values/decimal.ts';
import { Quantity } from '../values/quantity.ts';
import { parseTemporal } from '../values/temporal.ts';

const ucum = 'http://unitsofmeasure.org';

/**
 * An item in the form in which FHIRPath calculates: string, boolean, number, bigint, Decimal, Temporal, Quantity; items without such a form
 * (complex types, quantities without a UCUM code, malformed dates) remain raw JSON. Undefined without a value.
 */
export function systemValue(value: unknown, type: string): unknown {
  const plain = bare(value);
  if (typeof plain === 'string') {
    switch (type) {
      case 'date':
      case 'time':
        return parseTemporal(plain, type) ?? plain;
      // Types of FHIRPath itself are text if a variable has them.
      case 'System.Date':
        return parseTemporal(plain, 'date') ?? plain;
      case 'System.Time':
        return parseTemporal(plain, 'time') ?? plain;
      case 'System.DateTime':
      case 'dateTime':
      case 'instant':
        return parseTemporal(plain, 'dateTime') ?? plain;
      case 'integer64':
        return /^-?[0-9]{1,19}$/.test(plain) ? BigInt(plain) : plain;
      default:
        return plain;
    }
  }
  if (typeof plain !== 'object' || plain === null) return plain ?? undefined;
  if (plain instanceof Decimal || plain instanceof Quantity) return plain;
  return quantityOf(plain as Readonly<Record<string, unknown>>, type) ?? plain;
}

/** A FHIR Quantity with a UCUM code. https://hl7.org/fhir/R5/fhirpath.html#quantity */
function quantityOf(object: Readonly<Record<string, unknown>>, type: string): Quantity | undefined {
  if (type === '' || !('code' in object) || object['system'] !== ucum) return undefined;
  const { value, code } = object;
  if (!isNumber(value) || typeof code !== 'string' || object['comparator'] !== undefined) return undefined;
  return isQuantity(type) ? new Quantity(Decimal.of(value), code) : undefined;
}

const quantityTypes = new Set(['Quantity', 'Age', 'Count', 'Distance', 'Duration']);
const isQuantity = (type: string) => quantityTypes.has(type);

export type NumberValue = number | bigint | Decimal;

export function isNumber(value: unknown): value is NumberValue {
  return (typeof value === 'number' && Number.isFinite(value)) || typeof value === 'bigint' || value instanceof Decimal;
}

/** Returns the name of a value's type for messages. */
export function nameOf(value: unknown, type: string): string {
  return systemTypeOf(type) ?? (type === '' ? typeof value : type);
}
