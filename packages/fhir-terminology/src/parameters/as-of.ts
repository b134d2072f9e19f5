import { TerminologyFault } from '../outcome/fault.ts';
import { issue } from '../outcome/issue.ts';
import { message } from '../outcome/messages.ts';

const form = /^(\d{4})(?:-(\d{2})(?:-(\d{2})(T\S+)?)?)?$/;

/**
 * The moment of the parameter `date` (https://hl7.org/fhir/R5/datatypes.html#dateTime): of a year, a month or a day its end, in UTC, so
 * that versions of that day count.
 * @throws TerminologyFault if it is not a date
 */
export function readAsOf(text: string): Date {
  const [, year = '', month, day, time] = form.exec(text) ?? [];
  const moment =
    year === '' || Number.isNaN(Date.parse(text))
      ? new Date(Number.NaN)
      : time !== undefined
        ? new Date(text)
        : new Date(Date.UTC(Number(year), Number(month ?? 12) - (day === undefined ? 0 : 1), Number(day ?? 0) + 1) - 1);
  if (!Number.isNaN(moment.valueOf())) return moment;
  const sentence = message('DATE_WRONG', text);
  throw new TerminologyFault('invalid-request', [issue('error', 'invalid', { text: sentence })]);
}

/** Whether something with a date existed at a moment; without a date it always did. */
export function wasThere(date: string | undefined, moment: Date): boolean {
  if (date === undefined) return true;
  const began = new Date(date);
  return Number.isNaN(began.valueOf()) || began <= moment;
}
