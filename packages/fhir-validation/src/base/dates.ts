/** https://hl7.org/fhir/R5/datatypes.html#date, #dateTime, #instant, #time */

const datePart = '(\\d{4})(?:-(0[1-9]|1[0-2])(?:-(0[1-9]|[12]\\d|3[01])';
const timePart = '(?:[01]\\d|2[0-3]):[0-5]\\d:(?:[0-5]\\d|60)(?:\\.\\d{1,9})?';
const zonePart = '(?:Z|[+-](?:(?:0\\d|1[0-3]):[0-5]\\d|14:00))';

const date = new RegExp(`^${datePart})?)?$`);
const dateTime = new RegExp(`^${datePart}(?:T${timePart}${zonePart})?)?)?$`);
const instant = new RegExp(`^(\\d{4})-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])T${timePart}${zonePart}$`);
const time = new RegExp(`^${timePart}$`);

const daysOfMonth = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Whether the calendar has the day; the year 0 does not exist. */
function isReal(match: RegExpExecArray): boolean {
  const year = Number(match[1]);
  if (year === 0) return false;
  if (match[3] === undefined) return true;
  const month = Number(match[2]);
  const isLeap = month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return Number(match[3]) <= daysOfMonth[month - 1]! + (isLeap ? 1 : 0);
}

function checkedBy(pattern: RegExp): (text: string) => boolean {
  return (text) => {
    const match = pattern.exec(text);
    return match !== null && isReal(match);
  };
}

export const isDate = checkedBy(date);
export const isDateTime = checkedBy(dateTime);
export const isInstant = checkedBy(instant);
export const isTime = (text: string): boolean => time.test(text);
