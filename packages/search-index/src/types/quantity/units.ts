import { conversion, type Conversion } from '@dhp/ucum';
import type { Condition, Interval, Limits, UnitAsked } from '../../condition/condition.ts';
import { keyOf } from '../../keys/keys.ts';
import { shortPart } from '../../keys/text-for-index.ts';
import type { Term } from '../../row/index-row.ts';

/** https://ucum.org: the system of its codes. */
const ucumSystem = 'http://unitsofmeasure.org';

type NumberCondition = Extract<Condition, { op: 'number' }> & {
  /** As the word has it. */
  readonly text: string;
};

/**
 * Returns a number condition for each unit in use that agrees with the unit of the search. Without a unit, every unit agrees. With a system
 * and code, the same unit agrees, and for UCUM each unit of the same dimension, with converted limits. Without a system, units with the
 * same code or text agree. https://hl7.org/fhir/R5/search.html#quantity
 * @param units the terms under the condition's seed, or under the seed that it names for them
 */
export function quantityConditions(
  { seed, interval, unit }: Extract<Condition, { op: 'quantity' }>,
  units: readonly Term[],
): { readonly op: 'any'; readonly of: readonly NumberCondition[] } {
  const of: NumberCondition[] = [];
  for (const { text } of units) {
    const inUse = unitIn(text);
    const convert = inUse && conversionTo(unit, inUse);
    const converted = convert === undefined ? undefined : convertInterval(interval, convert);
    if (converted !== undefined) of.push({ op: 'number', key: keyOf(seed, text), interval: converted, text });
  }
  return { op: 'any', of };
}

/** As `unitText` makes it. */
type UnitInUse = readonly [system: string, code: string, unit: string];

/** Undefined for a unit that the previous index definition has truncated: no row has it any more. */
function unitIn(text: string): UnitInUse | undefined {
  try {
    return JSON.parse(text) as UnitInUse;
  } catch {
    return undefined;
  }
}

/** A part of a unit in use may be replaced by its hash. */
function isPart(asked: string, part: string): boolean {
  return part === asked || (part !== '' && part === shortPart(asked));
}

const same: Conversion = (amount) => amount;

/** From the unit asked for to one in use; undefined when they do not agree. */
function conversionTo(asked: UnitAsked | undefined, [system, code, unit]: UnitInUse): Conversion | undefined {
  if (asked === undefined) return same;
  if (asked.system === undefined) return isPart(asked.code, code) || isPart(asked.code, unit) ? same : undefined;
  if (!isPart(asked.system, system) || code === '') return undefined;
  if (isPart(asked.code, code)) return same;
  return system === ucumSystem ? conversion(asked.code, code) : undefined;
}

/** Undefined when a limit has no equivalent. All conversions of UCUM that there are keep the order of amounts. */
function convertInterval({ low, high }: Interval, convert: Conversion): Interval | undefined {
  const [from, to] = [convertLimits(low ?? {}, convert), convertLimits(high ?? {}, convert)];
  return from === undefined || to === undefined ? undefined : { low: from, high: to };
}

function convertLimits(limits: Limits, convert: Conversion): Limits | undefined {
  const converted: Partial<Record<keyof Limits, number>> = {};
  for (const [name, limit] of Object.entries(limits) as [keyof Limits, number][]) {
    const amount = convert(limit);
    if (Number.isNaN(amount)) return undefined;
    converted[name] = amount;
  }
  return converted;
}
