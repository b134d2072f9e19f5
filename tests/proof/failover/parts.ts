/** The faults, each by its name: how it is made, how the machine is brought back, and how long nothing may be written. */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Cluster } from './cluster.ts';
import type { Host } from './hosts.ts';
import type { Nodes } from './nodes.ts';
import { offClock } from './off-clock.ts';

export interface Part {
  /** As `--only` takes it. */
  readonly name: string;
  readonly fault: string;
  /** Seconds without an acknowledged write that are not too many. */
  readonly bar: number;
  /** Whether clients come by the balancer alone. */
  readonly isBalanced?: true;
  /** Makes the fault, and resolves when it has had its effect. */
  make(o: Bed): Promise<void>;
  /** Brings back what was taken. */
  mend?(o: Bed): Promise<void>;
}

export interface Bed {
  readonly cluster: Cluster;
  readonly nodes: Nodes;
  /** As they were before the fault. */
  readonly primary: Host;
  readonly standby: Host;
}

/** The machine that is lost says nothing any more, and Patroni gives it up after its `ttl`: it takes no less than 20 s. */
const barOfLostMachine = 30;
const bar = 15;

export const parts: readonly Part[] = [
  {
    name: 'postgres',
    fault: 'kill -9 of all processes of the primary PostgreSQL',
    bar,
    make: async (o) => {
      await o.primary.kill('postgres');
      await promoted(o);
    },
  },
  {
    name: 'kills',
    fault: 'the same twenty times, each at who is the primary then, as soon as the pair is whole',
    bar,
    make: async ({ cluster, nodes }) => {
      for (let n = 0; n < 20; n += 1) {
        const roles = await cluster.roles();
        await roles.primary.kill('postgres');
        await promoted({ cluster, nodes, ...roles });
        await cluster.settled(150);
      }
    },
  },
  {
    name: 'patroni',
    fault: 'kill -9 of the Patroni of the primary, whose PostgreSQL goes on as if nothing were',
    bar,
    make: async (o) => {
      await o.primary.kill('patroni');
      await promoted(o);
    },
    mend: async ({ cluster, primary }) => cluster.startPatroni(primary),
  },
  {
    name: 'machine',
    fault: 'the machine of the primary is gone: no packet leaves it, and kill -9 of all its processes, etcd too',
    bar: barOfLostMachine,
    make: async (o) => {
      await o.primary.unplug();
      await o.primary.kill();
      await promoted(o);
    },
    mend: async ({ cluster, primary }) => {
      await primary.plugIn();
      cluster.startEtcd(primary);
      cluster.startPatroni(primary);
    },
  },
  {
    name: 'switchover',
    fault: 'a switchover by Patroni',
    bar,
    make: async (o) => {
      await o.cluster.switchOver();
      await promoted(o);
    },
  },
  {
    name: 'network',
    fault: 'the network of the primary is cut both ways for 40 s, and comes back',
    bar: barOfLostMachine,
    make: async (o) => {
      await o.primary.unplug();
      const began = performance.now();
      await promoted(o);
      await delay(Math.max(0, 40_000 - (performance.now() - began)));
    },
    mend: async ({ primary }) => {
      await primary.plugIn();
    },
  },
  {
    name: 'split-brain',
    fault: 'the primary is cut off from etcd and from the standby, and clients still reach it',
    bar: barOfLostMachine,
    make: async (o) => {
      await o.primary.part([o.standby, o.cluster.witness]);
      await promoted(o);
      await delay(5_000);
    },
    mend: ({ primary }) => primary.join(),
  },
  {
    name: 'split-brain-alone',
    fault: 'the same while the Patroni of the primary hangs (SIGSTOP), so that nobody there takes its PostgreSQL back',
    bar: barOfLostMachine,
    make: async (o) => {
      for (const pid of await o.primary.processes('patroni')) process.kill(pid, 'SIGSTOP');
      await o.primary.part([o.standby, o.cluster.witness]);
      await promoted(o);
      await delay(10_000);
    },
    mend: async ({ primary }) => {
      await primary.join();
      for (const pid of await primary.processes('patroni')) process.kill(pid, 'SIGCONT');
    },
  },
  {
    name: 'etcd',
    fault: 'all of etcd is gone for 30 s',
    bar,
    make: async ({ cluster: { databases, witness } }) => {
      for (const host of [...databases, witness]) await host.kill('etcd');
      await delay(30_000);
    },
    mend: async ({ cluster }) => {
      for (const host of [...cluster.databases, cluster.witness]) cluster.startEtcd(host);
    },
  },
  {
    name: 'standby',
    fault: 'the machine of the standby is gone',
    bar,
    make: async ({ standby }) => {
      await standby.unplug();
      await standby.kill();
      await delay(20_000);
    },
    mend: async ({ cluster, standby }) => {
      await standby.plugIn();
      cluster.startEtcd(standby);
      cluster.startPatroni(standby);
    },
  },
  {
    name: 'disk',
    fault: 'the disk of the primary is full for 20 s, and that of its etcd',
    // Patroni leaves a primary alone whose disk is full: it answers, and reads continue.
    bar: 20 + bar,
    make: async ({ cluster, primary }) => {
      // As much as there is: writing ends where nothing more fits.
      await writeFile(ballast(cluster, primary), Buffer.alloc(2 ** 30 + 2 ** 29)).catch(() => undefined);
      await delay(20_000);
      await rm(ballast(cluster, primary), { force: true });
    },
  },
  {
    name: 'clock-behind',
    fault:
      'the standby, whose clock is an hour behind, is promoted by a kill -9 of the primary; later there is a switchover back',
    bar,
    ...clockOff(-3600),
  },
  {
    name: 'clock-ahead',
    fault: 'the same with a standby whose clock is an hour ahead',
    bar,
    ...clockOff(3600),
  },
  {
    name: 'rolling-postgres',
    fault:
      'both PostgreSQL servers are ended in order and started again, as for a new minor version: the standby, a switchover, the other one',
    bar,
    make: async (o) => {
      const { cluster, primary, standby } = o;
      await restart(cluster, standby);
      await cluster.settled(150);
      await cluster.switchOver();
      await promoted(o);
      await cluster.settled(150);
      await restart(cluster, primary);
      await cluster.settled(150);
    },
  },
  {
    name: 'rolling',
    fault: 'both nodes of the platform are restarted, one after the other (SIGTERM)',
    bar,
    isBalanced: true,
    make: async ({ nodes }) => {
      for (const node of nodes.all) {
        await node.platform.end('SIGTERM');
        node.platform = await node.home.start();
        await delay(2_000);
      }
    },
  },
];

/** The standby gets a clock of its own, and is promoted; the other one follows it then by the clock of the machine. */
function clockOff(seconds: number): Pick<Part, 'make' | 'mend'> {
  return {
    make: async (o) => {
      const { cluster, primary, standby } = o;
      await restart(cluster, standby, await offClock(cluster.disk(standby), seconds));
      await cluster.settled(150);
      await primary.kill('postgres');
      await promoted(o);
      const off = await cluster.clockOff(standby);
      if (Math.abs(off - seconds) > 60) throw new Error(`the clock of the new primary is off by ${String(off)} s`);
      await delay(20_000);
    },
    // With the right clock again, as when an operator has set it; the other one is the primary then.
    mend: async ({ cluster, standby }) => {
      await cluster.settled(150);
      await cluster.switchOver();
      await cluster.settled(150);
      await restart(cluster, standby);
    },
  };
}

/** Ends Patroni and its PostgreSQL in order, and starts both again. */
async function restart(cluster: Cluster, host: Host, environment?: Readonly<Record<string, string>>): Promise<void> {
  for (const pid of await host.processes('patroni')) process.kill(pid, 'SIGTERM');
  while ((await host.processes('postgres')).length > 0 || (await host.processes('patroni')).length > 0)
    await delay(100);
  cluster.startPatroni(host, environment);
}

const ballast = (cluster: Cluster, host: Host): string => join(cluster.disk(host), 'ballast');

/** Waits until the previous standby says that it is the primary. */
async function promoted({ standby }: Bed): Promise<void> {
  const deadline = performance.now() + 90_000;
  for (;;) {
    const answer = await fetch(`http://${standby.address}:8008/primary`, { signal: AbortSignal.timeout(1_000) }).catch(
      () => undefined,
    );
    await answer?.arrayBuffer();
    if (answer?.status === 200) return;
    if (performance.now() > deadline) throw new Error('the standby was not promoted within 90 s');
    await delay(100);
  }
}
