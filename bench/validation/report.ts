/** The measurements of validation as rows of a table. */
import { markdownTable } from '../../tests/markdown-table.ts';
import type { CreateShare } from './create-share.ts';
import type { Rate } from './rate.ts';

export type Row = readonly [what: string, measured: string, aim: string, verdict: string];

/** CPU milliseconds and megabytes until the first validation is done. */
export interface StartCost {
  readonly milliseconds: number;
  readonly megabytes: number;
}

const whole = (value: number): string => Math.round(value).toLocaleString('en');
const verdict = (isMet: boolean): string => (isMet ? 'reached' : 'not reached');

/** The best of several starts, since other load on the machine can only make them slower. */
export function startRows(starts: readonly StartCost[]): Row[] {
  const milliseconds = Math.min(...starts.map((one) => one.milliseconds));
  const megabytes = Math.min(...starts.map((one) => one.megabytes));
  return [
    ['start to the first validation, CPU', `${whole(milliseconds)} ms`, 'under 150 ms', verdict(milliseconds < 150)],
    ['start to the first validation, memory', `${whole(megabytes)} MB`, 'under 40 MB', verdict(megabytes < 40)],
  ];
}

export function rateRow({ name, texts, bytes, perCpuSecond, bar }: Rate): Row {
  const what = `${name} (${texts} of ${(bytes / 1_000).toFixed(1)} kB)`;
  const aim = bar === undefined ? '' : `at least ${whole(bar)} /CPU-s`;
  return [what, `${whole(perCpuSecond)} /CPU-s`, aim, bar === undefined ? '' : verdict(perCpuSecond >= bar)];
}

export function createRow(share: CreateShare | undefined): Row {
  const aim = 'at most 25 %';
  if (share === undefined) return ['addition to a create', 'not measured', aim, ''];
  const { without, withValidation } = share;
  const added = withValidation / without - 1;
  const what = `addition to a create (${whole(without)} to ${whole(withValidation)} µs of server and PostgreSQL)`;
  return [what, `${(added * 100).toFixed(1)} %`, aim, verdict(added <= 0.25)];
}

export function table(rows: readonly Row[]): string {
  return markdownTable(['Validation', 'Measured', 'Aim', 'Verdict'], rows);
}
