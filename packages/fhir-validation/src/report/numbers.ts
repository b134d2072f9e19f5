import { memberOf } from '@dhp/fhir-model';
import { isObject } from '../json.ts';
import type { Run } from '../run.ts';
import { endOfValue, itemsAt, membersAt, skipSpace } from './json-text.ts';

/**
 * Matches numbers that may be faulty: with many digits or an exponent, after a character that can precede a number. Without that character
 * most resources with a reference would match, because in a UUID a digit often precedes an `e`.
 */
const suspicious = /[:,[]\s*-?\d(?:[\d.]{17}|[\d.]*[eE])/g;

/** Matches a zero fraction or a negative zero, which an integer must not have. A cheap first test, because most texts have neither. */
const ofZero = /\.0{1,17}[,}\]\s]|: ?-0/;

/** The same where the number may be an integer. The member `value` is always a decimal if it is a number. */
const noInteger = /(?<!"value"): ?-?(?:\d{1,10}\.0{1,17}|(?<=-)0)(?![\d.eE])/;

/** The form of an integer in R5. https://hl7.org/fhir/R5/datatypes.html#integer */
const integer = /^(?:0|-?[1-9]\d*)$/;

/** https://hl7.org/fhir/R5/datatypes.html#decimal: at most 18 digits, because JSON.parse would silently drop some of more. */
const decimal = /^-?(?:0|[1-9]\d{0,17})(?:\.\d{1,17})?(?:[eE](?:0|[+-]?[1-9]\d{0,9}))?$/;

/** More digits than allowed, before or after the decimal point. */
const manyDigits = /\d{19}|\.\d{18}/;

/** Whether a text may contain a number that `checkNumbers` reports. A quick test that is false for most texts. */
export function mayHaveFaultyNumbers(text: string): boolean {
  return isSuspicious(text) || (ofZero.test(text) && noInteger.test(text));
}

/** The colon of a member follows a quotation mark. The colons in OIDs (`urn:oid:2.16…`) do not, so they are skipped. */
function isSuspicious(text: string): boolean {
  suspicious.lastIndex = 0;
  for (let found = suspicious.exec(text); found !== null; found = suspicious.exec(text)) {
    const [character, before] = [text.charCodeAt(found.index), text.charCodeAt(found.index - 1)];
    if (character !== 0x3a || before === 0x22 || before <= 0x20) return true;
  }
  return false;
}

/**
 * Reports numbers whose fault is only visible in the text: too many digits, or an integer with an exponent, a zero fraction or a negative
 * zero. @throws BudgetSpent
 */
export function checkNumbers(text: string, resource: unknown, type: string, run: Run): void {
  walk(text, skipSpace(text, 0), resource, type, run);
}

/** Characters that are skipped per unit of work. */
const charactersOfUnit = 4;

/** Reads each value once for each level above it. @throws BudgetSpent */
function walk(text: string, at: number, value: unknown, type: string, run: Run): void {
  if (!isObject(value)) return;
  const passed = (characters: number): void => run.spend(characters / charactersOfUnit);
  const own = value['resourceType'];
  for (const { name, value: start } of membersAt(text, at, passed)) {
    const member = memberOf(typeof own === 'string' ? own : type, name);
    if (member === undefined) continue;
    const { element, type: memberType } = member;
    const label = element.choice ? `${element.name}.ofType(${memberType})` : element.name;
    const part = value[name];
    if (!Array.isArray(part)) visit(text, start, part, memberType, label, -1, run);
    else {
      let i = 0;
      for (const item of itemsAt(text, start, passed)) {
        visit(text, item, part[i], memberType, label, i, run);
        i += 1;
      }
    }
  }
}

function visit(text: string, at: number, value: unknown, type: string, label: string, index: number, run: Run): void {
  run.enter(label, index);
  if (typeof value === 'number') {
    const written = text.slice(at, endOfValue(text, at));
    const isRight = type === 'decimal' ? decimal.test(written) : integer.test(written);
    // A number that is not an integer was already reported.
    if (!isRight && (type === 'decimal' || Number.isInteger(value))) {
      run.report('value-format', { value: written, type, example: type === 'decimal' ? '1.25' : '42' });
      if (type === 'decimal' && manyDigits.test(written)) run.report('decimal-unusual', { value: written });
    }
  } else walk(text, at, value, type, run);
  run.leave();
}
