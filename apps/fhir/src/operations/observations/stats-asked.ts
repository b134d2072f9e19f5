/** The parameters of `$stats`. https://hl7.org/fhir/R5/observation-operation-stats.html */
import { isId, isResourceType } from '@dhp/fhir-model';
import type { Coding, Period } from '@dhp/fhir-model';
import type { Call, Services } from '../../contract/interaction.ts';
import { periodOf } from '../../interactions/history-period.ts';
import { invalid, isObject } from '../input.ts';
import type { Input } from '../operation.ts';
import { isStatistic, statistics, type StatisticCode } from './statistics.ts';

export interface AskedStatistics {
  /** `Patient/1` */
  readonly subject: string;
  /** With system and code. */
  readonly codings: readonly Required<Pick<Coding, 'system' | 'code'>>[];
  /** As stated in the results; undefined: any time. */
  readonly period: Period | undefined;
  readonly statistics: readonly StatisticCode[];
  /** How many of the observations are included; undefined: none. */
  readonly sources: number | undefined;
}

/** Codes that one request can ask for: each is a word of the search. */
const mostCodes = 50;

/** Fails with `parameter-invalid`. */
export function readAskedStatistics({ baseUrl, timeZone, clock }: Services, input: Input, call: Call): AskedStatistics {
  for (const name of ['coding', 'period'])
    if (call.query[name] !== undefined) invalid(name, `${name} is no primitive value. Send it in Parameters.`);
  const subject = subjectIn(String(input.get('subject')?.[0]), baseUrl);
  const isOfGroup = subject.startsWith('Group/');
  const includes = isTrue('include', textOf(input, 'include'));
  if (includes && isOfGroup)
    invalid(
      'include',
      'include is about one subject: for the observations of the members of a Group, search Observation.',
    );
  return {
    subject,
    codings: codingsIn(input),
    period: periodIn(input, { timeZone, now: clock() }),
    statistics: statisticsIn(input),
    sources: includes ? limitIn(textOf(input, 'limit')) : undefined,
  };
}

/** The value of a primitive parameter. */
function textOf(input: Input, name: string): string | undefined {
  return input.get(name)?.[0] as string | undefined;
}

function subjectIn(text: string, baseUrl: string): string {
  const reference = text.startsWith(`${baseUrl}/`) ? text.slice(baseUrl.length + 1) : text;
  const [type = '', id = '', ...more] = reference.split('/');
  if (isResourceType(type) && isId(id) && more.length === 0) return reference;
  return invalid('subject', `subject is a resource of this server, such as Patient/1, not ${shown(text)}.`);
}

function codingsIn(input: Input): AskedStatistics['codings'] {
  const codes = (input.get('code') ?? []).map(String);
  const system = input.get('system')?.[0];
  if (codes.length > 0 && typeof system !== 'string')
    invalid('system', 'code needs system: the code system of the codes. Or send coding.');
  if (codes.length === 0 && system !== undefined) invalid('code', 'system is about code: which codes are meant?');
  const named = codes.map((code) => ({ system: String(system), code }));
  const sent = (input.get('coding') ?? []).map((coding) => {
    const { system, code } = isObject(coding) ? coding : {};
    if (typeof system !== 'string' || typeof code !== 'string' || system === '' || code === '')
      invalid('coding', 'A coding has a system and a code.');
    return { system, code };
  });
  const all = new Map([...named, ...sent].map((coding) => [JSON.stringify([coding.system, coding.code]), coding]));
  if (all.size === 0) invalid('code', '$stats needs code with system, or coding: what was measured.');
  if (all.size > mostCodes) invalid('code', `$stats is about ${mostCodes} codes at most, not ${all.size}.`);
  return [...all.values()];
}

function statisticsIn(input: Input): StatisticCode[] {
  const names = (input.get('statistic') ?? []).flatMap((value) => String(value).split(','));
  return [...new Set(names)].map((name) => {
    if (isStatistic(name)) return name;
    return invalid('statistic', `statistic is one of ${Object.keys(statistics).join(', ')}, not ${shown(name)}.`);
  });
}

function periodIn(input: Input, { timeZone, now }: { timeZone: string; now: Date }): Period | undefined {
  const [duration] = (input.get('duration') ?? []) as readonly string[];
  const [period] = input.get('period') ?? [];
  if (duration !== undefined && period !== undefined)
    invalid('period', 'period is for requests without duration. Send one of them.');
  if (duration !== undefined) {
    const hours = Number(duration);
    const start = new Date(now.getTime() - hours * 3_600_000);
    if (!(hours > 0) || !/^\d+(\.\d+)?$/.test(duration) || !(start.getTime() > 0))
      invalid('duration', `duration is a number of hours more than 0, such as 24, not ${shown(duration)}.`);
    return { start: start.toISOString(), end: now.toISOString() };
  }
  if (period === undefined) return undefined;
  const { start, end } = period as Record<string, unknown>;
  for (const [name, value] of Object.entries({ start, end }))
    if (value !== undefined && (typeof value !== 'string' || periodOf(value, timeZone) === undefined))
      invalid('period', `period.${name} is a date and time such as 2026-11-25T09:30:00+05:00.`);
  if (start === undefined && end === undefined) invalid('period', 'A period has a start or an end.');
  return { ...(typeof start === 'string' && { start }), ...(typeof end === 'string' && { end }) };
}

function isTrue(name: string, value: string | undefined): boolean {
  if (value !== undefined && value !== 'true' && value !== 'false')
    invalid(name, `${name} is true or false, not ${shown(value)}.`);
  return value === 'true';
}

function limitIn(value: string | undefined): number {
  if (value === undefined) return Infinity;
  if (!/^[1-9]\d{0,8}$/.test(value)) invalid('limit', `limit is a whole number of 1 or more, not ${shown(value)}.`);
  return Number(value);
}

function shown(text: string): string {
  return JSON.stringify(text.slice(0, 100));
}
