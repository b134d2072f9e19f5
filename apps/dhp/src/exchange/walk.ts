/** Shared by import and export: the server, the client, and how they end. */
import { readFile } from 'node:fs/promises';
import { publicUrls } from '../addresses.ts';
import { UsageError, type Values } from '../cli.ts';
import { openContext } from '../context.ts';
import { demoId, demoSecret } from '../demo-client.ts';
import { environmentOf } from '../environment.ts';
import { spokenLanguage } from '../locale.ts';
import { progressOn, silent, type Progress } from '../progress.ts';
import { exchangeMessages } from '../texts/exchange.ts';
import { Interrupted } from './faults.ts';
import { isSafe, openServer, type Client, type Server } from './server.ts';

/** A walk that the next run continues with. */
const unfinished = 3;

export interface Walk {
  readonly server: Server;
  readonly clientId: string;
  readonly progress: Progress;
  readonly asJson: boolean;
}

/** Runs it until it is done, or until the first SIGINT or SIGTERM. @returns the exit code @throws UsageError for options that cannot be used */
export async function walk(values: Values, work: (walk: Walk) => Promise<number>): Promise<number> {
  const said = exchangeMessages[spokenLanguage()];
  const asJson = values['json'] === true;
  const progress = asJson ? silent : progressOn(process.stderr);
  const { base, client } = await whom(values);
  const stop = new AbortController();
  const onSignal = (): void => stop.abort();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, onSignal);
  let waited = '';
  const onWait = (why: string): void => {
    if (why !== waited) progress.say(why);
    waited = why;
  };
  const server = openServer({ base, client, patience: patienceOf(values), signal: stop.signal, onWait });
  try {
    return await work({ server, clientId: client.clientId, progress, asJson });
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    if (error.message !== 'ended') process.stderr.write(`${error.message}\n`);
    process.stderr.write(`${said.goesOn}\n`);
    return unfinished;
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, onSignal);
  }
}

async function whom(values: Values): Promise<{ readonly base: string; readonly client: Client }> {
  const said = exchangeMessages[spokenLanguage()];
  const { server, client, 'secret-file': file } = values;
  if ((client === undefined) !== (file === undefined)) throw new UsageError(said.clientAndSecret);
  const base = typeof server === 'string' ? server.replace(/\/$/, '') : undefined;
  if (base !== undefined && client === undefined) throw new UsageError(said.whoAtServer);
  if (base !== undefined && !isSafe(base)) throw new UsageError(said.unsafe({ url: base }));
  const given = client === undefined ? undefined : { clientId: String(client), secret: await secretIn(String(file)) };
  if (base !== undefined && given !== undefined) return { base, client: given };
  const { settings, data } = openContext(silent);
  const environment = environmentOf(values);
  const found = publicUrls(settings, data.ports())[environment];
  if (found === undefined || (given === undefined && environment === 'production'))
    throw new UsageError(said.production);
  if (!isSafe(found)) throw new UsageError(said.unsafe({ url: found }));
  // On a laptop: the client that the start has printed.
  const demo = () => ({ clientId: demoId, secret: demoSecret(settings.DHP_SECRET_KEY ?? data.secretKey()) });
  return { base: found, client: given ?? demo() };
}

/** A secret on the command line would be visible in the list of processes. @throws UsageError */
async function secretIn(file: string): Promise<string> {
  const said = exchangeMessages[spokenLanguage()];
  try {
    const text = file === '-' ? await readAll(process.stdin) : await readFile(file, 'utf8');
    const secret = text.trim();
    if (secret !== '') return secret;
  } catch (error) {
    throw new UsageError(said.unreadable({ path: file, reason: (error as Error).message }));
  }
  throw new UsageError(said.noSecret({ path: file }));
}

async function readAll(stream: NodeJS.ReadStream): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
}

function patienceOf(values: Values): number {
  const given = values['patience'] ?? '300';
  if (typeof given === 'string' && /^\d{1,6}$/.test(given)) return Number(given) * 1000;
  throw new UsageError(exchangeMessages[spokenLanguage()].seconds({ given: String(given) }));
}
