/** https://hl7.org/fhir/R5/datatypes.html#date, #dateTime, #instant, #time */

const datePart = '\\d{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\\d|3[01])';
const timePart = '(?:[01]\\d|2[0-3]):[0-5]\\d:(?:[0-5]\\d|60)(?:\\.\\d{1,9})?';
const zonePart = '(?:Z|[+-](?:(?:0\\d|1[0-3]):[0-5]\\d|14:00))';

const date = new RegExp(`^${datePart})?)?$`);
const dateTime = new RegExp(`^${datePart}(?:T${timePart}${zonePart})?)?)?$`);
const instant = new RegExp(`^\\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\\d|3[01])T${timePart}${zonePart}$`);
const time = new RegExp(`^${timePart}$`);

const daysOfMonth = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Returns the number in `digits` digits from `start`. The digits are not checked. */
function numberAt(text: string, start: number, digits: number): number {
  let number = 0;
  for (let i = start; i < start + digits; i += 1) number = number * 10 + text.charCodeAt(i) - 0x30;
  return number;
}

/** Returns the year of a well-formed date or time. */
export const yearOf = (text: string): number => numberAt(text, 0, 4);

/** Whether the day of a well-formed date exists in the calendar (`2026-01-31…`). There is no year 0. */
function isReal(text: string): boolean {
  const year = yearOf(text);
  if (year === 0) return false;
  if (text.length < 10) return true;
  const month = numberAt(text, 5, 2);
  const isLeap = month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return numberAt(text, 8, 2) <= daysOfMonth[month - 1]! + (isLeap ? 1 : 0);
}

/** Tests the pattern without capture groups, because extracting the parts would be the most expensive step. */
function checkedBy(pattern: RegExp): (text: string) => boolean {
  return (text) => pattern.test(text) && isReal(text);
}

export const isDate = checkedBy(date);
export const isDateTime = checkedBy(dateTime);
export const isInstant = checkedBy(instant);
export const isTime = (text: string): boolean => time.test(text);
