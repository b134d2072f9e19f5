/** The FHIR server that hostile requests are sent to, with something stored to be found, and what they cost it. */
import { setImmediate } from 'node:timers/promises';
import { startServer, type TestServer } from '../../../apps/fhir/test/environment.ts';
import { bundle, entry, list, observation, patient, unique } from '../requests.ts';
import type { Sent } from '../shape.ts';
import { onSpending, spendingHeader, type Spending } from '../spending.ts';
import type { WorkCounter } from '../work.ts';
import type { Ask } from './announced.ts';
import { meterDatabase, type DatabaseMeter } from './database-work.ts';
import type { Instruments } from './judge.ts';

export interface Subject {
  readonly ask: Ask;
  readonly instruments: Instruments;
  close(): Promise<void>;
}

export const environments = ['playground', 'production'] as const;
export type Environment = (typeof environments)[number];

/** The pools that requests wait for; the others work in the background. */
const serving = /\0dhp fhir (?:reads|pages|writes|holding|trail|searches|walks|counts)\0/;
/** Milliseconds without an answer after which a request counts as lost. */
const patience = 120_000;
/** Resources of each kind. */
const stored = 40;

const told = new Map<string, Spending | undefined>();
let isListening = false;

/** @param counter counts the blocks of code of this process, in which the server runs */
export async function openSubject(environment: Environment, counter: WorkCounter): Promise<Subject> {
  if (!isListening) onSpending((name, spent) => told.set(name, spent));
  isListening = true;
  let meter: DatabaseMeter;
  const options = { environment, bodyLimit: 16 * 1024 ** 2, requireIfMatch: false };
  const server = await startServer(options, async (url) => (meter = await meterDatabase(url, serving)).url);
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
  await fill(server);
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

/** Patients in a circle, with an Observation each. */
async function fill(server: TestServer): Promise<void> {
  const entries = list(stored, (i) => [
    entry(
      'PUT',
      `Patient/p${i}`,
      patient({ id: `p${i}`, link: [{ type: 'seealso', other: { reference: `Patient/p${(i + 1) % stored}` } }] }),
    ),
    entry('PUT', `Observation/o${i}`, observation({ id: `o${i}`, subject: { reference: `Patient/p${i}` } })),
  ]).flat();
  const { body } = bundle('transaction', entries);
  const reply = await server.write('POST', '', JSON.parse(body!));
  if (reply.status !== 200) throw new Error(`${reply.status} ${reply.text.slice(0, 500)}`);
}
