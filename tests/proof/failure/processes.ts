/** Each process of the platform is killed in turn, while clients write and ask the others. */
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { fhirAt, type Ask } from '../../fhir.ts';
import { getToken, openHome, type Home, type Platform } from '../../platform.ts';
import { gone } from '../../processes.ts';
import { inSeconds, startWriting, type Outcome, type Scenario, type Writing } from './scenario.ts';

/** Milliseconds between two kills. */
const between = 4_000;

/** Milliseconds. The supervisor learns of the end of a process a moment after it, and hands it connections until then. */
const secondAttemptAfter = 200;

export const processesKilled: Scenario = {
  name: 'processes',
  fault: 'kill -9 of each server, of the embedded PostgreSQL and of the supervisor in turn',
  claim:
    'While one server is away and starts again, the others answer every request, at the second attempt 200 ms later where the first met the killed process. Whatever is killed, no acknowledged write in the playground or in production is lost.',
  async run(): Promise<Outcome> {
    const home = await openHome({ environment: { DHP_PRODUCTION: 'on', DHP_VALIDATION: 'claimed' } });
    try {
      const platform = await home.start();
      return await killInTurn(home, platform);
    } finally {
      await home.close();
    }
  },
};

async function killInTurn(home: Home, platform: Platform): Promise<Outcome> {
  const { urls } = platform;
  const at = async (environment: 'playground' | 'production'): Promise<Load> => {
    const token = await getToken(urls.sso, await home.createClient(environment));
    const base = urls[environment]!;
    return { environment, ask: fhirAt(base, token), writing: startWriting(base, token) };
  };
  const loads = [await at('playground'), await at('production')];
  const said: string[] = [];
  const kills = [
    ...(await killServers(platform, said)),
    await killDatabase(home, loads, said),
    await killSupervisor(home, platform, loads, said),
  ];
  for (const { environment, ask, writing } of loads) {
    const refused = await writing.stop();
    const { resources, unacknowledged } = await writing.check(ask);
    said.push(
      `${environment}: ${String(writing.acknowledged())} acknowledged writes of ${String(resources)} resources are all there, ${String(refused.length)} requests failed, ` +
        `${String(unacknowledged)} of them had been committed`,
    );
  }
  return { holds: kills.every(Boolean), said: `${said.join('; ')}.` };
}

/** Writers in one environment. */
interface Load {
  readonly environment: string;
  readonly ask: Ask;
  readonly writing: Writing;
}

/** @returns for each server whether it came back while all others answered */
async function killServers({ pid, urls }: Platform, said: string[]): Promise<boolean[]> {
  const health: Record<string, string> = {
    sso: `${urls.sso}/readyz`,
    playground: `${urls.playground}/readyz`,
    portal: `${urls.portal}/`,
    production: `${urls.production ?? ''}/readyz`,
  };
  const victims = Object.entries(await serversOf(pid));
  if (victims.length !== Object.keys(health).length)
    throw new Error(`found ${String(victims.length)} processes of servers`);
  const held: boolean[] = [];
  for (const [name, victim] of victims) {
    const others = Object.entries(health).filter(([other]) => other !== name);
    process.kill(victim, 'SIGKILL');
    const killed = performance.now();
    const failures: string[] = [];
    let back: number | undefined;
    while (performance.now() - killed < between || back === undefined) {
      for (const [other, url] of others) {
        // A connection that the killed process had just been given is reset: its client repeats the request.
        let trouble = await troubleAt(url);
        if (trouble !== undefined) {
          await delay(secondAttemptAfter);
          trouble = await troubleAt(url);
        }
        if (trouble !== undefined) failures.push(`${other}: ${trouble}`);
      }
      if (back === undefined && (await isBack(pid, name, victim, health[name]!))) back = performance.now() - killed;
      if (performance.now() - killed > 20_000) break;
      await delay(50);
    }
    said.push(`${name} back after ${back === undefined ? 'more than 20 s' : inSeconds(back)}`);
    if (failures.length > 0) said.push(`meanwhile ${[...new Set(failures)].join(', ')}`);
    held.push(back !== undefined && failures.length === 0);
  }
  return held;
}

async function killDatabase(home: Home, loads: readonly Load[], said: string[]): Promise<boolean> {
  const postmaster = await home.postmaster();
  if (postmaster === undefined) throw new Error('found no embedded PostgreSQL');
  process.kill(postmaster, 'SIGKILL');
  return writesAgain('PostgreSQL', loads, said);
}

/** All servers and the database end with it; then the platform is started again, as a service manager does. */
async function killSupervisor(
  home: Home,
  { pid, ended }: Platform,
  loads: readonly Load[],
  said: string[],
): Promise<boolean> {
  const left = [...Object.values(await serversOf(pid)), (await home.postmaster()) ?? 0];
  process.kill(pid, 'SIGKILL');
  await ended;
  const areGone = await Promise.all(left.map((one) => gone(one, 15_000)));
  if (!areGone.every(Boolean)) said.push('a process outlived the supervisor');
  await home.start();
  return (await writesAgain('the supervisor', loads, said)) && areGone.every(Boolean);
}

/** @returns whether a hundred writes in each environment were acknowledged within 30 s */
async function writesAgain(victim: string, loads: readonly Load[], said: string[]): Promise<boolean> {
  const began = performance.now();
  const targets = loads.map(({ writing }) => writing.acknowledged() + 100);
  const areBack = (): boolean => loads.every(({ writing }, n) => writing.acknowledged() >= targets[n]!);
  while (!areBack() && performance.now() - began < 30_000) await delay(20);
  said.push(`writing again ${areBack() ? inSeconds(performance.now() - began) : 'not within 30 s'} after ${victim}`);
  return areBack();
}

/** Process numbers of the servers, by name. */
async function serversOf(supervisor: number): Promise<Record<string, number>> {
  const found: Record<string, number> = {};
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '');
    if (Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) !== supervisor) continue;
    const words = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0');
    const at = words.findIndex((word) => /(?:servers|processes)\/main\.ts$/.test(word));
    if (at > 0 && words[at + 1] !== undefined) found[words[at + 1]!] = Number(pid);
  }
  return found;
}

async function isBack(supervisor: number, name: string, victim: number, url: string): Promise<boolean> {
  const now = (await serversOf(supervisor))[name];
  return now !== undefined && now !== victim && (await troubleAt(url)) === undefined;
}

/** Asks on a connection of its own: those that a killed process had are gone with it. @returns why there was no good answer */
async function troubleAt(url: string): Promise<string | undefined> {
  try {
    const response = await fetch(url, { headers: { connection: 'close' }, signal: AbortSignal.timeout(10_000) });
    const text = await response.text();
    return response.status === 200 ? undefined : `${response.status} ${text.slice(0, 100)}`;
  } catch (error) {
    const { cause, message } = error as Error;
    return cause instanceof Error ? cause.message : message;
  }
}
