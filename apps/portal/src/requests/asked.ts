/** A visitor's query of the log, as in the address of the page. */

const hour = 3_600_000;

/** Periods by their names in the address, in milliseconds. */
export const periods = { hour, day: 24 * hour, week: 168 * hour } as const;
export type Period = keyof typeof periods;

/** First digits of the status, by their names in the address; 0: no answer. */
export const statuses = { all: '', fine: '123', refused: '4', failed: '50' } as const;
export type StatusClass = keyof typeof statuses;

export interface Asked {
  readonly server: 'fhir' | 'sso';
  readonly period: Period;
  readonly status: StatusClass;
  readonly path: string;
  readonly requestId: string;
  readonly before: string;
}

/** Parses it; invalid values are ignored. */
export function askedIn(value: (name: string) => string): Asked {
  const oneOf = <Name extends string>(table: Readonly<Record<Name, unknown>>, name: string, usual: Name): Name =>
    Object.hasOwn(table, name) ? (name as Name) : usual;
  return {
    server: value('server') === 'sso' ? 'sso' : 'fhir',
    period: oneOf(periods, value('period'), 'day'),
    status: oneOf(statuses, value('status'), 'all'),
    path: value('path').slice(0, 200),
    requestId: value('request_id').trim().slice(0, 128),
    before: value('before'),
  };
}

/** The same query for the SSO. */
export function questionOf({ server, period, status, path, requestId, before }: Asked, now: number): URLSearchParams {
  return new URLSearchParams({
    ...{ server, status: statuses[status], path, request_id: requestId, before },
    ...{ from: String(now - periods[period]), to: String(now + 1000) },
  });
}

/** The same page, behind another request. */
export function addressOf({ server, period, status, path, requestId }: Asked, before?: string): string {
  return `?${new URLSearchParams({
    ...{ server, period, status, path, request_id: requestId },
    ...(before !== undefined && { before }),
  }).toString()}`;
}
