/** Judges what hostile requests of n, 2n and 4n get, and what they cost. */
import { mostGrowth } from '../growth.ts';
import type { Answer, Sent } from '../shape.ts';
import type { Work } from '../work.ts';
import type { DatabaseWork } from './database-work.ts';
import type { Hostile } from './generator.ts';

/** The cost of one request. */
export interface Cost {
  readonly answer: Answer;
  /** Units that it was charged; undefined if it ended before it had a budget, and at the SSO. */
  readonly units: number | undefined;
  /** Blocks of code that it ran. */
  readonly work: Work;
  /** Undefined if it cannot be counted. */
  readonly database: DatabaseWork | undefined;
}

export interface Instruments {
  /** The cost since the request before. @throws Error when the connection is lost, or nothing comes */
  readonly measure: (sent: Sent) => Promise<Cost>;
}

export interface Judged {
  readonly name: string;
  readonly n: number;
  readonly statuses: readonly number[];
  readonly units: readonly (number | undefined)[];
  readonly database: readonly (DatabaseWork | undefined)[];
  readonly faults: readonly string[];
}

/** Codes of a server that names the limit which ended a request. */
const limited = /"code":"(?:time-limit-exceeded|server-full|search-timeout|statement-timeout)"/;
/** Blocks that may be run for each unit, and without one: as in tests/cost.test.ts. */
const [blocksOfUnit, free] = [40, 5_000];
/** Fewer blocks, or units, are those of every request. */
const [least, leastUnits] = [300, 2_000];
/** Pages that may be read for each unit, and without one. Of units, whatever is looked up by itself costs a hundred and more. */
const [pagesOfUnit, freePages] = [0.1, 1_000];
/** Statements that may be sent for each unit, and without one. */
const [statementsOfUnit, freeStatements] = [0.01, 10];

type Costs = readonly [Cost, Cost, Cost];
/** How often what looks too steep is measured again: other work of the process may fall into a measurement. */
const repeats = 2;

const cheaper = (a: Cost, b: Cost): Cost => (b.answer.status === a.answer.status && b.work.all > a.work.all ? a : b);
const lesser = (a: Costs, b: Costs): Costs => [cheaper(a[0], b[0]), cheaper(a[1], b[1]), cheaper(a[2], b[2])];

/** Sends the requests, and finds what is wrong with their answers and with what they cost. */
export async function judge(hostile: Hostile, { measure }: Instruments): Promise<Judged> {
  const { name, n } = hostile;
  const faults: string[] = [];
  try {
    let costs = await costsAt(n, hostile, measure);
    faults.push(...faultsOf(costs, n));
    if (faults.length === 0 && growthOf(costs).length > 0) {
      // A square stays one, but not a step, as from a statement that is kept by its shape to one with more values than that is done for.
      costs = await costsAt(4 * n, hostile, measure);
      faults.push(...faultsOf(costs, 4 * n), ...growthOf(costs));
    }
    const statuses = costs.map(({ answer }) => answer.status);
    const database = costs.map((cost) => cost.database);
    return { name, n, statuses, units: costs.map(({ units }) => units), database, faults };
  } catch (error) {
    return { name, n, statuses: [], units: [], database: [], faults: [...faults, `no answer: ${String(error)}`] };
  }
}

/** Of n, 2n and 4n, the least of several where that looks too steep. */
async function costsAt(n: number, { make }: Hostile, measure: Instruments['measure']): Promise<Costs> {
  const round = async (): Promise<Costs> => {
    await measure(make(n)); // what is made once is made, and what the request before has left is not counted
    return [await measure(make(n)), await measure(make(2 * n)), await measure(make(4 * n))];
  };
  let costs = await round();
  for (let again = 0; again < repeats && growthOf(costs).length > 0; again += 1) costs = lesser(costs, await round());
  return costs;
}

function faultsOf(costs: Costs, n: number): string[] {
  return costs.flatMap(({ answer: { status, text } }, i) =>
    status < 500 || limited.test(text) ? [] : [`${status} at ${n * 2 ** i}: ${text.slice(0, 300)}`],
  );
}

/** Only requests of one outcome can be compared: a limit, or a fault of the input, ends the larger one early. */
function growthOf(costs: Costs): string[] {
  const [one, two, four] = costs;
  if (one.answer.status !== four.answer.status || two.answer.status !== four.answer.status) return [];
  return [...codeOf(costs), ...unitsOf(costs), ...databaseOf(costs)];
}

function codeOf([one, , four]: Costs): string[] {
  const [few, many] = [Math.max(one.work.all, least), four.work.all];
  return many > mostGrowth * few ? [`${few} blocks of code at n, ${many} at 4n`] : [];
}

function unitsOf([one, two, four]: Costs): string[] {
  if (one.units === undefined || two.units === undefined || four.units === undefined) return [];
  const faults: string[] = [];
  const [step, next] = [Math.max(0, two.units - one.units), four.units - two.units];
  if (next > 2.6 * step + leastUnits)
    faults.push(`units ${one.units}, ${two.units}, ${four.units} grow faster than n·log n`);
  const work = four.work.all - four.work.scanning - one.work.all + one.work.scanning;
  const units = four.units - one.units;
  if (work > free + blocksOfUnit * units) faults.push(`${work} blocks of code more are charged ${units} units`);
  return faults;
}

/** The database may do as much as units are charged; where none are, as at the SSO, its work grows with the request at most. */
function databaseOf([one, two, four]: Costs): string[] {
  if (one.database === undefined || two.database === undefined || four.database === undefined) return [];
  const more = {
    pages: four.database.pages - one.database.pages,
    statements: four.database.statements - one.database.statements,
  };
  const told = (what: 'pages' | 'statements'): string =>
    `${one.database![what]}, ${two.database![what]}, ${four.database![what]} ${what} of the database`;
  if (one.units !== undefined && four.units !== undefined) {
    const units = Math.max(0, four.units - one.units);
    return [
      ...(more.pages > freePages + pagesOfUnit * units ? [`${told('pages')}, for ${units} units`] : []),
      ...(more.statements > freeStatements + statementsOfUnit * units
        ? [`${told('statements')}, for ${units} units`]
        : []),
    ];
  }
  return [
    ...(more.pages > freePages && four.database.pages > mostGrowth * one.database.pages ? [told('pages')] : []),
    ...(more.statements > freeStatements && four.database.statements > mostGrowth * one.database.statements
      ? [told('statements')]
      : []),
  ];
}
