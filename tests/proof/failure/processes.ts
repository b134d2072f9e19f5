/** Each process of the platform is killed in turn, while clients write and ask the others. */
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { fhirAt } from '../../fhir.ts';
import { getToken, openHome, type Home, type Platform } from '../../platform.ts';
import { inSeconds, outage, startWriting, type Outcome, type Scenario } from './scenario.ts';

/** Milliseconds between two kills. */
const between = 4_000;

export const processesKilled: Scenario = {
  name: 'processes',
  fault: 'kill -9 of each server in turn',
  claim:
    'While one server is away and starts again, the others answer every request, at the second attempt where the first met the killed process; no acknowledged write is lost, and none is refused but by the server that was killed.',
  async run(): Promise<Outcome> {
    const home = await openHome({ environment: { DHP_PRODUCTION: 'on' } });
    try {
      const platform = await home.start();
      return await killInTurn(home, platform);
    } finally {
      await home.close();
    }
  },
};

async function killInTurn(home: Home, platform: Platform): Promise<Outcome> {
  const [playground, production] = await Promise.all([home.createClient(), home.createClient('production')]);
  const { urls } = platform;
  const token = await getToken(urls.sso, playground);
  const writing = startWriting(urls.playground, token);
  const health: Record<string, string> = {
    sso: `${urls.sso}/readyz`,
    playground: `${urls.playground}/readyz`,
    portal: `${urls.portal}/`,
    production: `${urls.production ?? ''}/readyz`,
  };
  const said: string[] = [];
  let holds = true;
  await getToken(urls.sso, production);
  const victims = Object.entries(await serversOf(platform.pid));
  if (victims.length !== Object.keys(health).length) throw new Error(`found ${victims.length} processes of servers`);
  for (const [name, victim] of victims) {
    const others = Object.entries(health).filter(([other]) => other !== name);
    process.kill(victim, 'SIGKILL');
    const killed = performance.now();
    const failures: string[] = [];
    let back: number | undefined;
    while (performance.now() - killed < between || back === undefined) {
      for (const [other, url] of others) {
        // A connection that the killed process had just been given is reset: its client repeats the request.
        const trouble = (await troubleAt(url)) && (await troubleAt(url));
        if (trouble !== undefined) failures.push(`${other}: ${trouble}`);
      }
      if (back === undefined && (await isBack(platform.pid, name, victim, health[name]!)))
        back = performance.now() - killed;
      if (performance.now() - killed > 60_000) break;
      await delay(50);
    }
    said.push(`${name} back after ${back === undefined ? 'more than 60 s' : inSeconds(back)}`);
    if (failures.length > 0) said.push(`meanwhile ${[...new Set(failures)].join(', ')}`);
    holds &&= back !== undefined && failures.length === 0;
  }
  const refused = await writing.stop();
  const { resources, unacknowledged } = await writing.check(fhirAt(urls.playground, token));
  said.push(
    `${writing.acknowledged()} acknowledged writes of ${resources} resources are all there`,
    `${refused.length} requests failed within ${inSeconds(outage(refused))}`,
    `${unacknowledged} of them had been committed`,
  );
  return {
    holds,
    said: `${said.join('; ')}.`,
  };
}

/** Process numbers of the servers, by name. */
async function serversOf(supervisor: number): Promise<Record<string, number>> {
  const found: Record<string, number> = {};
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '');
    if (Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) !== supervisor) continue;
    const words = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0');
    const at = words.findIndex((word) => word.endsWith('processes/main.ts'));
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
