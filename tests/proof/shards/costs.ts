/** CPU of PostgreSQL and statements of one request after the other, on several nodes and on one server, in turn. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { openCpuClock } from '../../../bench/cpu.ts';
import { statementChannel, type MeasuredStatement } from '../../../packages/postgres/src/measured.ts';
import type { Progress } from '../../../apps/dhp/src/progress.ts';
import type { Answer } from '../../distributed/load/client.ts';
import type { Bed } from './bed.ts';

type Asked = Pick<Bed, 'send'>;

interface Kind {
  readonly name: string;
  /** The most that it may cost, beside one server; undefined: it is told alone. */
  readonly bar?: number;
  readonly ask: (of: Asked, n: number) => Promise<Answer>;
}

export interface KindCost extends Pick<Kind, 'name' | 'bar'> {
  /** Milliseconds of CPU of PostgreSQL for a request: the median of the rounds, and the tenth of them that is cheapest. */
  readonly one: Spent;
  readonly several: Spent;
}

export interface Spent {
  readonly median: number;
  readonly cheapest: number;
  /** Statements for a request. */
  readonly statements: number;
}

const patients = 20;
const each = 10;

const observation = (id: string, of: number, value: number): object => ({
  ...{ resourceType: 'Observation', id, status: 'final', subject: { reference: `Patient/costs-${of % patients}` } },
  code: { coding: [{ system: 'http://loinc.org', code: `8480-${value % 7}` }] },
  ...{
    effectiveDateTime: `2026-01-${String((value % 27) + 1).padStart(2, '0')}`,
    valueQuantity: { value, unit: 'mmHg' },
  },
});

let made = 0;

const kinds: readonly Kind[] = [
  { name: 'read', bar: 3, ask: ({ send }, n) => send('GET', `/Observation/costs-${n % 60}`) },
  { name: 'vread', bar: 3, ask: ({ send }, n) => send('GET', `/Observation/costs-${n % 60}/_history/1`) },
  { name: 'history of a resource', bar: 3, ask: ({ send }, n) => send('GET', `/Observation/costs-${n % 60}/_history`) },
  {
    name: 'create',
    bar: 1.5,
    ask: ({ send }, n) => send('POST', '/Observation', observation('made', n, (made += 1))),
  },
  {
    name: 'update',
    bar: 1.5,
    ask: ({ send }, n) => send('PUT', `/Observation/costs-${n % 60}`, observation(`costs-${n % 60}`, n, (made += 1))),
  },
  {
    name: 'transaction of six, over three patients',
    bar: 1.5,
    ask: ({ send }, n) =>
      send('POST', '/', {
        ...{ resourceType: 'Bundle', type: 'transaction' },
        entry: [0, 1, 2, 3, 4, 5].map((at) => ({
          resource: observation('made', n + (at % 3), (made += 1)),
          request: { method: 'POST', url: 'Observation' },
        })),
      }),
  },
  {
    name: 'search by patient and code',
    ask: ({ send }, n) => send('GET', `/Observation?patient=costs-${n % patients}&code=8480-1`),
  },
  { name: 'search by code', ask: ({ send }, n) => send('GET', `/Observation?code=8480-${n % 7}&_count=10`) },
  {
    name: 'search by a chain',
    ask: ({ send }, n) => send('GET', `/Observation?patient.family=Karimova${n % patients}&_count=10`),
  },
];

/** @param postmasters of all servers of the database */
export interface Measured extends Asked {
  postmasters(): Promise<readonly number[]>;
}

/** @param rounds each kind is asked so often in turn */
export async function costs(
  beds: { one: Measured; several: Measured },
  progress: Progress,
  rounds: number,
): Promise<KindCost[]> {
  const sides = [beds.one, beds.several];
  for (const { send } of sides) await prepare(send);
  const step = progress.step('costs');
  const spent = kinds.map(() => sides.map(() => ({ cpu: [] as number[], statements: 0 })));
  // The first round is for plans and connections.
  for (let round = 0; round <= rounds; round += 1) {
    for (const [k, kind] of kinds.entries())
      for (const [s, side] of sides.entries()) {
        const { cpu, statements } = await measured(side, kind, round * each);
        if (round === 0) continue;
        spent[k]![s]!.cpu.push(cpu);
        spent[k]![s]!.statements += statements;
      }
    step.update(round, rounds);
  }
  step.done();
  return kinds.map(({ name, bar }, k) => {
    const [one, several] = spent[k]!.map(({ cpu, statements }): Spent => {
      const sorted = cpu.toSorted((a, b) => a - b);
      return {
        median: sorted[Math.floor(sorted.length / 2)]!,
        cheapest: sorted[Math.floor(sorted.length / 10)]!,
        statements: statements / (rounds * each),
      };
    }) as [Spent, Spent];
    return { name, ...(bar !== undefined && { bar }), one, several };
  });
}

async function prepare(send: Asked['send']): Promise<void> {
  const checked = async (...asked: Parameters<typeof send>): Promise<void> => {
    const { status, text } = await send(...asked);
    if (status >= 300) throw new Error(`${asked[0]} ${asked[1]}: ${text}`);
  };
  for (let n = 0; n < patients; n += 1) {
    const id = `costs-${n}`;
    await checked('PUT', `/Patient/${id}`, { resourceType: 'Patient', id, name: [{ family: `Karimova${n}` }] });
  }
  for (let n = 0; n < 60; n += 1) await checked('PUT', `/Observation/costs-${n}`, observation(`costs-${n}`, n, n));
}

/** Sessions that work for a request. */
const ofRequests = /^dhp fhir (reads|node reads|pages|writes|holding|words|searches|walks|counts|trail)$/;

async function measured(
  side: Measured,
  { name, ask }: Kind,
  from: number,
): Promise<{ cpu: number; statements: number }> {
  const clocks = await Promise.all((await side.postmasters()).map((postmaster) => openCpuClock({ postmaster })));
  const now = async (): Promise<number> => {
    const times = await Promise.all(clocks.map((clock) => clock!()));
    return times.reduce((sum, { postgres = 0 }) => sum + postgres, 0);
  };
  let statements = 0;
  const heard = (message: unknown): void => {
    if (ofRequests.test((message as MeasuredStatement).session)) statements += 1;
  };
  subscribe(statementChannel, heard);
  try {
    const before = await now();
    for (let n = from; n < from + each; n += 1) {
      const { status, text } = await ask(side, n);
      if (status >= 300) throw new Error(`${name}: ${status} ${text}`);
    }
    return { cpu: ((await now()) - before) * (1_000 / each), statements };
  } finally {
    unsubscribe(statementChannel, heard);
  }
}
