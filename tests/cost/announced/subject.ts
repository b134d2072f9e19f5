/** The FHIR server that hostile requests are sent to, with something stored to be found, and what they cost it. */
import { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { scanJson } from '@dhp/fhir-model';
import { connect } from '@dhp/postgres';
import { startServer, type TestServer } from '../../../apps/fhir/test/environment.ts';
import { list, observation, patient, unique } from '../requests.ts';
import type { Sent } from '../shape.ts';
import { onSpending, spendingHeader, type Spending } from '../spending.ts';
import type { WorkCounter } from '../work.ts';
import type { Ask } from './announced.ts';
import { meterDatabase, type DatabaseMeter } from './database-work.ts';
import type { Instruments } from './judge.ts';

export interface Subject {
  readonly ask: Ask;
  readonly instruments: Instruments;
  /** Stores as many resources of each kind, with those that there are. */
  grow(to: number): Promise<void>;
  close(): Promise<void>;
}

export const environments = ['playground', 'production'] as const;
export type EnvironmentName = (typeof environments)[number];

/** The pools that requests wait for; the others work in the background. */
const serving = /\0dhp fhir (?:reads|pages|writes|holding|trail|searches|walks|counts)\0/;
/** Milliseconds without an answer after which a request counts as lost. */
const patience = 120_000;
/** Resources of each kind. */
const stored = 40;

const told = new Map<string, Spending | undefined>();
let isListening = false;

/** @param counter counts the blocks of code of this process, in which the server runs */
export async function openSubject(environment: EnvironmentName, counter: WorkCounter): Promise<Subject> {
  if (!isListening) onSpending((name, spent) => told.set(name, spent));
  isListening = true;
  let meter: DatabaseMeter;
  const options = { environment, bodyLimit: 16 * 1024 ** 2, requireIfMatch: false };
  const metered = async (url: string): Promise<string> => (meter = await meterDatabase(url, serving)).url;
  const server = await startServer(options, metered);
  const token = await server.sso.token({ scope: 'system/*.cruds' });
  const send = async ({ method, path, body, headers = {} }: Sent, named?: string) => {
    const address = path === '' || path.startsWith('?') ? path : `/${path}`;
    const response = await fetch(server.url + address, {
      ...{ method, signal: AbortSignal.timeout(patience) },
      headers: {
        ...{ 'accept-language': 'en', authorization: `Bearer ${token}`, ...headers },
        ...(named !== undefined && { [spendingHeader]: named }),
      },
      ...(body !== undefined && { body }),
    });
    return { status: response.status, text: await response.text() };
  };
  let size = 0;
  const grow = async (to: number): Promise<void> => {
    await fill(server, size, to);
    await analyse(server.ownerUrl);
    size = to;
  };
  await grow(stored);
  return {
    async ask(sent) {
      const { status, text } = await send(sent);
      if (status !== 200) throw new Error(`${sent.path}: ${status} ${text.slice(0, 500)}`);
      return JSON.parse(text) as Record<string, unknown>;
    },
    instruments: {
      async measure(sent) {
        const name = unique();
        const answer = await send(sent, name);
        const work = counter.takeParts();
        const spent = await spendingOf(name);
        return { answer, work, units: spent?.work, database: meter.take() };
      },
    },
    grow,
    async close() {
      await server.close();
      await meter.close();
    },
  };
}

/** Waits until it is told. */
async function spendingOf(name: string): Promise<Spending | undefined> {
  const until = performance.now() + patience;
  while (!told.has(name)) {
    if (performance.now() > until) throw new Error('the server does not tell what a request has spent');
    await setImmediate();
  }
  const spent = told.get(name);
  told.delete(name);
  return spent;
}

/** Without its statistics the planner reads whatever comes first; PostgreSQL makes them by itself, some time later. */
async function analyse(url: string): Promise<void> {
  const sql = connect(url, { max: 1, applicationName: 'dhp test' });
  await sql`analyze`;
  await sql.end();
}

/** How many Organizations, each a part of the one before, there are beside so many patients. */
const share = (of: number): number => Math.ceil(of / 10);

/** Patients in circles, with an Observation and a RiskAssessment each. @param from how many there are */
async function fill({ store }: TestServer, from: number, to: number): Promise<void> {
  const resources = list(to - from, (k) => {
    const i = from + k;
    const subject = { reference: `Patient/p${i}` };
    const next = from + ((k + 1) % (to - from));
    return [
      patient({
        ...{ id: `p${i}`, name: [{ family: `Family${i}` }], birthDate: '2000-01-01' },
        link: [{ type: 'seealso', other: { reference: `Patient/p${next}` } }],
      }),
      observation({
        ...{ id: `o${i}`, subject, effectiveDateTime: '2026-01-01', valueQuantity: { value: i + 1 } },
        code: { text: 'x', coding: [{ code: 'c' }] },
      }),
      {
        ...{ resourceType: 'RiskAssessment', id: `r${i}`, status: 'final', subject },
        prediction: [{ probabilityDecimal: 0.5 }],
      },
    ];
  }).flat();
  const organizations = list(share(to) - share(from), (k) => {
    const i = share(from) + k;
    return {
      ...{ resourceType: 'Organization', id: `g${i}`, name: 'x' },
      ...(i > 0 && { partOf: { reference: `Organization/g${i - 1}` } }),
    };
  });
  const all = [...resources, ...organizations] as { readonly resourceType: string; readonly id: string }[];
  const versions = all.map((resource) => {
    const { resourceType: type, id } = resource;
    return { type, id, source: scanJson(JSON.stringify(resource)), resource };
  });
  await store.bulkInsert(Readable.from(versions));
}
