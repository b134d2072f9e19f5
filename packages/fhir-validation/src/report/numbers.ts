import { memberOf } from '@dhp/fhir-model';
import { isObject } from '../json.ts';
import type { Run } from '../run.ts';
import { endOfValue, itemsAt, membersAt, skipSpace } from './json-text.ts';

/**
 * Possibly a faulty number, and worth a walk: many digits, or an exponent, behind a character that can precede a number. (In a UUID a
 * digit often precedes an `e`; without that character most resources with a reference would be walked.)
 */
const suspicious = /[:,[]\s*-?\d(?:[\d.]{17}|[\d.]*[eE])/g;

/** A fraction of 0 and a negative 0, which no integer has. A plain look, since most texts have neither. */
const ofZero = /\.0{1,17}[,}\]\s]|: ?-0/;

/** Both where they may be an integer: the member `value` is a decimal wherever it is a number. */
const noInteger = /(?<!"value"): ?-?(?:\d{1,10}\.0{1,17}|(?<=-)0)(?![\d.eE])/;

/** An integer as R5 writes it. https://hl7.org/fhir/R5/datatypes.html#integer */
const integer = /^(?:0|-?[1-9]\d*)$/;

/** https://hl7.org/fhir/R5/datatypes.html#decimal: at most 18 digits, of which JSON.parse would silently drop some. */
const decimal = /^-?(?:0|[1-9]\d{0,17})(?:\.\d{1,17})?(?:[eE](?:0|[+-]?[1-9]\d{0,9}))?$/;

/** More digits than it allows, before the point or behind it. */
const manyDigits = /\d{19}|\.\d{18}/;

/** Whether a text may hold a number that `checkNumbers` reports: most do not, which one look tells. */
export function mayHaveFaultyNumbers(text: string): boolean {
  return isSuspicious(text) || (ofZero.test(text) && noInteger.test(text));
}

/** The colon of a member is behind a quotation mark: those of OIDs (`urn:oid:2.16…`), which most systems are, do not. */
function isSuspicious(text: string): boolean {
  suspicious.lastIndex = 0;
  for (let found = suspicious.exec(text); found !== null; found = suspicious.exec(text)) {
    const [character, before] = [text.charCodeAt(found.index), text.charCodeAt(found.index - 1)];
    if (character !== 0x3a || before === 0x22 || before <= 0x20) return true;
  }
  return false;
}

/** Reports numbers that only their text shows to be wrong: too many digits, and an integer with an exponent, a fraction of 0, or the sign of a negative 0. @throws BudgetSpent */
export function checkNumbers(text: string, resource: unknown, type: string, run: Run): void {
  walk(text, skipSpace(text, 0), resource, type, run);
}

/** Characters that are passed over for one unit of work. */
const charactersOfUnit = 4;

/** Passes over all of a value once for each level above it. @throws BudgetSpent */
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
    // A number that is no integer has been told.
    if (!isRight && (type === 'decimal' || Number.isInteger(value))) {
      run.report('value-format', { value: written, type, example: type === 'decimal' ? '1.25' : '42' });
      if (type === 'decimal' && manyDigits.test(written)) run.report('decimal-unusual', { value: written });
    }
  } else walk(text, at, value, type, run);
  run.leave();
}
