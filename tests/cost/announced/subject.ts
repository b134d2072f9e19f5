/** The FHIR server that hostile requests are sent to, with something stored to be found, and what they cost it. */
import { setImmediate } from 'node:timers/promises';
import { startServer, type TestServer } from '../../../apps/fhir/test/environment.ts';
import { bundle, entry, list, observation, patient, unique } from '../requests.ts';
import type { Sent } from '../shape.ts';
import { onSpending, spendingHeader, type Spending } from '../spending.ts';
import type { WorkCounter } from '../work.ts';
import type { Ask } from './announced.ts';
import type { Instruments } from './judge.ts';

export interface Subject {
  readonly ask: Ask;
  readonly instruments: Instruments;
  close(): Promise<void>;
}

export const environments = ['playground', 'production'] as const;
export type Environment = (typeof environments)[number];

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
  const server = await startServer({ environment, bodyLimit: 16 * 1024 ** 2, requireIfMatch: false });
  const token = await server.sso.token({ scope: 'system/*.cruds dhp.explain' });
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
        counter.take();
        const answer = await send(sent, name);
        const work = counter.takeParts();
        return { answer, work, units: await unitsOf(name) };
      },
      async pages(sent) {
        if (sent.method !== 'POST' || !/(?:^|\/)_search$/.test(sent.path)) return undefined;
        const { status, text } = await send({ ...sent, body: `${sent.body ?? ''}&_explain=true` });
        return status === 200 ? pagesOf(text) : undefined;
      },
    },
    close: () => server.close(),
  };
}

/** Waits until it is told. */
async function unitsOf(name: string): Promise<number | undefined> {
  const until = performance.now() + patience;
  while (!told.has(name)) {
    if (performance.now() > until) throw new Error('the server does not tell what a request has spent');
    await setImmediate();
  }
  const spent = told.get(name);
  told.delete(name);
  return spent?.work;
}

interface Told {
  readonly parameter: readonly { readonly name: string; readonly valueString?: string }[];
}

/** Pages that the statements of an explained search have read. */
function pagesOf(explained: string): number {
  const { parameter } = JSON.parse(explained) as Told;
  const text = parameter.find(({ name }) => name === 'statements')?.valueString ?? '[]';
  const statements = JSON.parse(text) as readonly { readonly analysis: unknown }[];
  return statements.reduce((sum, { analysis }) => {
    const read = (typeof analysis === 'string' ? JSON.parse(analysis) : analysis) as [{ Plan: Record<string, number> }];
    const [{ Plan: plan }] = read;
    return sum + plan['Shared Hit Blocks']! + plan['Shared Read Blocks']!;
  }, 0);
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
