/** Measures the share of validation in the CPU of a create: the same creates on a server that validates and on one that does not. */
import { openHome, getToken, type Home } from '../../tests/platform.ts';
import type { Progress } from '../../apps/dhp/src/progress.ts';
import { openLoad } from '../load/measure.ts';
import { median } from '../results.ts';
import { unlimited } from '../subject.ts';

export interface CreateShare {
  /** Microseconds of CPU of server and PostgreSQL a create. */
  readonly without: number;
  readonly withValidation: number;
}

const connections = 16;
/** Milliseconds. */
const warmUp = 1_000;
const duration = 3_000;

/** @returns undefined if the system does not report the CPU of processes */
export async function measureCreateShare(rounds: number, progress: Progress): Promise<CreateShare | undefined> {
  const homes: Home[] = [];
  const load = openLoad();
  try {
    const starting = progress.step('two servers: one that validates, one that does not');
    const off = await subject('off', homes);
    const on = await subject('claimed', homes);
    starting.done();
    const step = progress.step('creating');
    const spent = { off: [] as (number | undefined)[], on: [] as (number | undefined)[] };
    for (let round = 0; round < rounds; round += 1) {
      step.update(round, rounds);
      spent.off.push(await off(load, round));
      spent.on.push(await on(load, round));
    }
    step.done(`${rounds} rounds`);
    const [without, withValidation] = [median(spent.off), median(spent.on)];
    return without === undefined || withValidation === undefined ? undefined : { without, withValidation };
  } finally {
    load.close();
    await Promise.all(homes.map((home) => home.close()));
  }
}

/** Starts a server; returns a function that measures a round: microseconds of CPU per create. */
async function subject(
  level: 'off' | 'claimed',
  homes: Home[],
): Promise<(load: ReturnType<typeof openLoad>, round: number) => Promise<number | undefined>> {
  const home = await openHome();
  homes.push(home);
  const platform = await home.start({ ...unlimited, DHP_VALIDATION: level });
  const token = await getToken(platform.urls.sso, await home.createClient());
  const { pathname, port } = new URL(platform.urls.playground);
  const watched = { server: platform.pid, postmaster: await home.postmaster() };
  return async (load, round) => {
    const at = { host: '127.0.0.1', port: Number(port), path: `${pathname}/Patient`, token };
    const serial = (round + 1) * 10_000_000;
    const { run } = await load.run({ ...at, kind: 'create', serial, connections, warmUp, duration }, watched);
    if (run.errors > 0) throw new Error(`creates failed: ${run.firstError ?? ''}`);
    return run.perCpuSecond === undefined ? undefined : 1e6 / run.perCpuSecond;
  };
}
