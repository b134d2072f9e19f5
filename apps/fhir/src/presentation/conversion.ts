/** Converts a text in this thread or in another one; the messages between the threads are plain data. */
import { Budget, BudgetSpent } from '@dhp/budget';
import { PatchFault } from '@dhp/fhir-patch';
import { jsonToXml, XmlFault, xmlToJson } from '@dhp/fhir-xml';
import type { Conversion, Converted, ConversionFault } from '../contract/conversion.ts';
import { patchedText } from './patched-text.ts';
import { parseExactly, type JsonObject } from './exact-json.ts';
import { subsetOf } from './subset.ts';

export function convert(text: string, conversion: Conversion): Converted {
  const { most } = conversion;
  const budget = new Budget(most === undefined ? {} : { work: most });
  try {
    const made = textOf(text, conversion, budget);
    const { work } = budget.used;
    return made === undefined ? { unchanged: true, work } : { bytes: new TextEncoder().encode(made), work };
  } catch (error) {
    if (error instanceof BudgetSpent) return { tooMuch: budget.used.work };
    if (error instanceof PatchFault) {
      const { kind, message, operation } = error;
      return { patchFault: { kind, message, operation } };
    }
    if (!(error instanceof XmlFault)) throw error;
    const { message, line, column, path } = error;
    return { fault: { message, line, column, path } };
  }
}

/** Returns the fault of a conversion that failed. */
export function faultOf(converted: Converted): ConversionFault {
  if ('fault' in converted) return converted.fault;
  throw new Error('the conversion was no patch');
}

/** Pays for a conversion. @throws BudgetSpent also if it was given up */
export function payFor(converted: Converted, budget: Budget | undefined, place: string): void {
  if ('work' in converted) budget?.spend(converted.work, place);
  if (!('tooMuch' in converted)) return;
  budget?.spend(converted.tooMuch, place);
  throw new Error('a conversion was given up within its limit');
}

/** Bytes of JSON that are converted for a unit of work, if only their number is known: an element has some 25. */
const bytesOfUnit = 4;

/** Pays for converting an answer, or a part of it, before it is complete. @throws BudgetSpent */
export function payForConverting(budget: Budget, bytes: number): void {
  budget.spend(bytes / bytesOfUnit, 'the conversion of an answer');
}

/** Returns the limit of a conversion: the rest of the budget that pays for it; empty if there is no limit. */
export function limitOf(budget: Budget | undefined): { readonly most?: number } {
  const most = budget?.workLeft;
  return most !== undefined && Number.isFinite(most) ? { most } : {};
}

/** Undefined for a patch that changes nothing. */
function textOf(text: string, conversion: Conversion, budget: Budget): string | undefined {
  if (conversion.to === 'json') return xmlToJson(text, { budget });
  return conversion.to === 'patched' ? patchedText(conversion.patch, text, budget) : shown(text, conversion, budget);
}

/** The same memory. */
export function bufferOf({ buffer, byteOffset, byteLength }: Uint8Array<ArrayBuffer>): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

/** Characters of JSON that are read, shortened and written for a unit of work. */
const charactersOfUnit = 8;

function shown(text: string, { format, isPretty, subset }: Conversion & { to: 'show' }, budget: Budget): string {
  let json = text;
  if (subset !== undefined || (isPretty && format === 'json')) {
    budget.spend(text.length / charactersOfUnit);
    const resource = parseExactly(text) as JsonObject;
    const part = subset === undefined ? resource : subsetOf(resource, subset);
    json = JSON.stringify(part, null, isPretty ? 2 : 0);
  }
  return format === 'xml' ? jsonToXml(json, { pretty: isPretty, budget }) : json;
}
