/** A view of the national library: its definition, and the counts of its rows for a chart. */
import type { Column, ViewDefinition } from '../view-definition.ts';

export interface NationalView {
  /** Part of its canonical, and of addresses. */
  readonly id: string;
  readonly subject: 'people' | 'care' | 'prevention' | 'laboratory' | 'medicines' | 'services';
  readonly definition: NationalDefinition;
  readonly tally: Tally;
}

export interface NationalDefinition extends ViewDefinition {
  readonly resourceType: 'ViewDefinition';
  readonly url: string;
  readonly name: string;
  readonly title: string;
  readonly status: 'active';
  readonly description: string;
}

/** Rows counted by the values of a column: the bars of a chart. */
export interface Tally {
  /** Column by whose values rows are counted, and the list that has words for these. */
  readonly by: string;
  readonly words?: string;
  /** Column by whose values each count is divided further. */
  readonly parts?: string;
  readonly partWords?: string;
  /** In the place of a number of rows: the median of the time from one column to another, or the time itself in hours or days. */
  readonly median?: { readonly from: string; readonly to: string; readonly unit: 'hours' | 'days' };
  /** Column with the key of the patient: values of fewer than five patients are not shown. Absent: the rows are not about patients. */
  readonly patient?: string;
  /** The largest first, or in the order of the values, of which the last are shown. */
  readonly order: 'size' | 'value';
  /** Bars that are shown; the table has all. */
  readonly most: number;
}

type Written = readonly [name: string, path: string, type: string, description: string];

/** @param o.columns name, path, type and description of each */
export function national(o: {
  readonly id: string;
  readonly subject: NationalView['subject'];
  readonly title: string;
  readonly description: string;
  readonly resource: string;
  readonly columns: readonly Written[];
  readonly where?: readonly string[];
  readonly tally: Tally;
}): NationalView {
  const column = o.columns.map(([name, path, type, description]): Column => ({ name, path, type, description }));
  return {
    ...{ id: o.id, subject: o.subject, tally: o.tally },
    definition: {
      resourceType: 'ViewDefinition',
      url: `https://dhp.uz/fhir/core/ViewDefinition/${o.id}`,
      name: o.id.replaceAll('-', '_'),
      ...{ title: o.title, status: 'active', description: o.description, resource: o.resource },
      select: [{ column }],
      ...(o.where !== undefined && { where: o.where.map((path) => ({ path })) }),
    },
  };
}

/** Year, month and day of a date or a time, as text. */
export const yearOf = (path: string): string => `${path}.toString().substring(0, 4)`;
export const monthOf = (path: string): string => `${path}.toString().substring(0, 7)`;

/** Whole years from one date to another, each an expression. A date of a year or a month counts from its beginning. */
export const yearsBetween = (from: string, to: string): string =>
  `${yearOf(to)}.toInteger() - ${yearOf(from)}.toInteger() - iif(${from}.toString().length() >= 10 and ` +
  `${from}.toString().substring(5, 5) > ${to}.toString().substring(5, 5), 1, 0)`;

/** Text for the range of a number. @param bounds the begin of the next range, each with the text of the range before it */
export function banded(
  expression: string,
  bounds: readonly (readonly [below: number, text: string])[],
  last: string,
): string {
  const choice = bounds.reduceRight(
    (rest, [below, text]) => `iif($this < ${String(below)}, '${text}', ${rest})`,
    `'${last}'`,
  );
  return `(${expression}).select(${choice})`;
}

/** The first code of a system, or its display. */
export const codeIn = (concept: string, system: string): string =>
  `${concept}.coding.where(system = '${system}').code.first()`;
export const displayIn = (concept: string, system: string): string =>
  `${concept}.coding.where(system = '${system}').display.first()`;

/** The display of a concept: its text, else the display of its first coding, else that code. */
export const nameOf = (concept: string): string =>
  `${concept}.select(iif(text.exists(), text, coding.select(iif(display.exists(), display, code)).first()))`;
