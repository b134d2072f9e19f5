/**
 * Cache of statements of searches by their shape, for other values. Everything that decides the text of a statement is in its cache name,
 * and it is made with placeholders for values, so that it cannot depend on one: if it does, two sets of placeholders give different results,
 * and nothing is cached. docs/decisions/0033-short-ways.md
 */
import type { FailedPlans } from '../plan/cost-limits.ts';
import { planAlternatives } from '../plan/plan-alternatives.ts';
import { isNothing, type RowCondition } from '../row-condition/row-condition.ts';
import type { SortColumn } from '../types/sorting.ts';
import type { Order } from '../sort/order.ts';
import { flattened } from '../sql/statement.ts';
import type { Finding } from './find-rows.ts';
import type { PageColumns } from './page-statement.ts';
import { statementOfPage } from './statement-of-page.ts';
import { CompiledFragment } from '../compiled/compiled-fragment.ts';
import { isSame, Marks, rendered, type MarkSet, type Template } from '../compiled/marks.ts';
import { refilled, shapeOf, type ShapeValue } from '../compiled/shape.ts';

/** Compiled alternatives of one shape; `none`: their statements depend on their values. */
export type CompiledSearch = readonly CompiledAlternative[] | 'none';

/** Compiled searches by the names of their shapes; of a bounded number. */
export interface CompiledSearches {
  get(name: string): CompiledSearch | undefined;
  set(name: string, compiled: CompiledSearch): void;
}

/** One plan alternative. */
interface CompiledAlternative {
  readonly strings: readonly string[];
  readonly parameters: readonly Template[];
  readonly texts: Map<string, string>;
  /** The name to remember by that it was given up. */
  readonly name: Template;
  readonly hasLimit: boolean;
  readonly isOrdered: boolean;
  readonly known: boolean;
}

/** A statement to be tried. */
export interface Attempt {
  readonly statement: CompiledFragment;
  readonly isOrdered: boolean;
  /** `PlanAlternative.known` */
  readonly known: boolean;
  readonly name: () => string;
}

interface Asked {
  readonly types: readonly number[];
  readonly where: RowCondition;
  readonly order: Order;
  readonly rows: number;
  readonly columns: PageColumns;
}

/** The attempts of a search, the best first, each made when it is requested; undefined if its statements must be made for its values. */
export function attemptsOf(finding: Finding, asked: Asked): Iterable<Attempt> | undefined {
  const { compiled: kept, failedPlans } = finding;
  const { form } = asked.columns;
  if (kept === undefined || form === undefined || isNothing(asked.where)) return undefined;
  const order = nameOfOrder(asked.order);
  const shape = order === undefined ? undefined : shapeOf(asked.where);
  if (shape === undefined) return undefined;
  const name = `${form} ${order} ${asked.types.join()} ${shape.name}`;
  let known = kept.get(name);
  if (known === undefined) kept.set(name, (known = compile(finding, asked)));
  return known === 'none' ? undefined : attempts(known, shape.values, asked.rows, failedPlans);
}

function* attempts(
  alternatives: readonly CompiledAlternative[],
  values: readonly ShapeValue[],
  rows: number,
  failedPlans: FailedPlans,
): Iterable<Attempt> {
  for (const { strings, parameters, texts, name, hasLimit, isOrdered, known } of alternatives) {
    const nameNow = (): string => String(rendered(name, values, rows));
    if (hasLimit && !failedPlans.isEmpty() && failedPlans.has(nameNow())) continue;
    const bound = parameters.map((parameter) => rendered(parameter, values, rows));
    yield { statement: new CompiledFragment(strings, bound, texts), isOrdered, known, name: nameNow };
  }
}

/** The name of an order from its beginning; undefined if its columns depend on more than their keys. */
function nameOfOrder({ columns, from }: Order): string | undefined {
  if (from !== undefined) return undefined;
  let name = '';
  for (const column of columns) {
    const key = nameOfKey(column);
    if (key === undefined) return undefined;
    name += `${key}${column.descending ? ' down' : ' up'},`;
  }
  return name;
}

function nameOfKey({ by, ofContained }: SortColumn): string | undefined {
  if (ofContained === true) return undefined;
  switch (by.kind) {
    case 'main-date':
    case 'last-updated':
    case 'id':
      return by.kind;
    case 'date':
    case 'number':
    case 'string':
      return `${by.kind} ${by.key}`;
    case 'word':
    case 'quantity':
    case 'json':
    case 'reference':
    case 'score':
      return undefined;
  }
}

function compile(finding: Finding, asked: Asked): CompiledSearch {
  const one = compiledWith(finding, asked, 0);
  const other = compiledWith(finding, asked, 1);
  const areSame =
    one.length === other.length && one.every((alternative, n) => isSameAlternative(alternative, other[n]!));
  return areSame ? one : 'none';
}

function isSameAlternative(one: CompiledAlternative, other: CompiledAlternative): boolean {
  return (
    one.strings.length === other.strings.length &&
    one.strings.every((text, n) => text === other.strings[n]) &&
    one.parameters.every((parameter, n) => isSame(parameter, other.parameters[n]!)) &&
    isSame(one.name, other.name) &&
    one.hasLimit === other.hasLimit &&
    one.isOrdered === other.isOrdered &&
    one.known === other.known
  );
}

/**
 * Returns the same statement with each value bound only once for all places with the same cast: the conditions of consents repeat the values
 * of a caller in each part. Each bound value costs the server and PostgreSQL some microseconds. The numbers of the parameters assume that no
 * value is bound before this statement.
 */
function boundOnce(
  strings: readonly string[],
  templates: readonly Template[],
): Pick<CompiledAlternative, 'strings' | 'parameters'> {
  const [first, ...behind] = strings;
  const texts = [first!];
  const parameters: Template[] = [];
  const known = new Map<string, number>();
  for (const [n, template] of templates.entries()) {
    const text = behind[n]!;
    const cast = /^::[a-z0-9_.]+(?:\[\])?/.exec(text)?.[0];
    const name = cast === undefined ? undefined : `${cast} ${JSON.stringify(template)}`;
    const before = name === undefined ? undefined : known.get(name);
    if (before !== undefined) {
      texts[texts.length - 1] = `${texts.at(-1)!}$${before}${text}`;
      continue;
    }
    parameters.push(template);
    texts.push(text);
    if (name !== undefined) known.set(name, parameters.length);
  }
  return { strings: texts, parameters };
}

/** No alternative is left out: cancelled ones are checked with the values. */
const noFailures = { has: () => false };

function compiledWith(finding: Finding, { types, where, order, columns }: Asked, set: MarkSet): CompiledAlternative[] {
  const { sql, costLimits } = finding;
  const marks = new Marks(set);
  const marked = refilled(where, marks.next);
  const alternatives = planAlternatives(sql, { types, where: marked, order, failedPlans: noFailures, costLimits });
  return alternatives.map((alternative) => {
    const { statement, isOrdered, known } = statementOfPage(sql, [alternative], { order, rows: marks.rows, columns });
    const { strings, values } = flattened(statement);
    return {
      ...boundOnce(
        strings,
        values.map((value) => marks.template(value)),
      ),
      texts: new Map<string, string>(),
      name: marks.template(alternative.name),
      hasLimit: alternative.limit !== undefined,
      isOrdered,
      known,
    };
  });
}
