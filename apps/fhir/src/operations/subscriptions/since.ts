/** The first event to return: a number, or a time from which it is derived. */
import type { Services } from '../../contract/interaction.ts';
import { periodOf } from '../../interactions/history-period.ts';
import { invalid } from '../input.ts';
import type { Input } from '../operation.ts';

/** @returns undefined if neither is given. Fails with `parameter-invalid`. */
export function sinceOf({ timeZone }: Pick<Services, 'timeZone'>, input: Input): number | Date | undefined {
  const name = 'eventsSinceTime';
  const text = input.get(name)?.map(String)[0];
  if (text === undefined) return numberOf(input, 'eventsSinceNumber');
  if (input.has('eventsSinceNumber'))
    invalid(name, `${name} stands in the place of eventsSinceNumber: send one of them.`, `http.${name}`);
  const time = text.includes('T') ? periodOf(text, timeZone)?.start : undefined;
  if (time !== undefined) return time;
  const shown = JSON.stringify(text.slice(0, 100));
  return invalid(name, `${name} is an instant such as 2026-11-25T09:30:00+05:00, not ${shown}.`, `http.${name}`);
}

export function numberOf(input: Input, name: string): number | undefined {
  const text = input.get(name)?.map(String)[0];
  if (text === undefined) return undefined;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  return invalid(name, `${name} is a whole number, not ${JSON.stringify(text.slice(0, 100))}.`, `http.${name}`);
}
