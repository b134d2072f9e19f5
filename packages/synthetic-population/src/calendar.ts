/** Days since 1970-01-01 in the calendar of Tashkent. Times are minutes (or seconds) of such a day; the zone is +05:00. */
export type Day = number;

export const daysPerYear = 365.2425;

/** @throws RangeError unless the text is a real date, `yyyy-mm-dd` */
export function parseDay(text: string): Day {
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  const day = parts ? Date.UTC(Number(parts[1]), Number(parts[2]) - 1, Number(parts[3])) / 86_400_000 : NaN;
  if (!Number.isInteger(day) || formatDate(day) !== text) throw new RangeError(`'${text}' is not a date (yyyy-mm-dd)`);
  return day;
}

export interface CalendarDate {
  year: number;
  month: number;
  date: number;
}

/** The proleptic Gregorian date of a day, by whole-number arithmetic (a Date object costs five times as much). */
export function calendarDate(day: Day): CalendarDate {
  const shifted = day + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    date: dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1,
  };
}

export function pad2(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}

/** `2026-11-25` */
export function formatDate(day: Day): string {
  const { year, month, date } = calendarDate(day);
  return `${String(year).padStart(4, '0')}-${pad2(month)}-${pad2(date)}`;
}

/** A moment: minutes since the start of day 0 in Tashkent. */
export type Minute = number;

export function minuteOf(day: Day, hour: number, minute: number): Minute {
  return day * 1440 + hour * 60 + minute;
}

/** `2026-11-25T09:20:00+05:00` */
export function formatMinute(moment: Minute): string {
  const day = Math.floor(moment / 1440);
  const rest = moment - day * 1440;
  return `${formatDate(day)}T${pad2(Math.floor(rest / 60))}:${pad2(rest % 60)}:00+05:00`;
}

/** The first working day (Monday to Saturday: polyclinics work six days) not before the given one. */
export function workingDay(day: Day): Day {
  return (day + 4) % 7 === 0 ? day + 1 : day;
}
