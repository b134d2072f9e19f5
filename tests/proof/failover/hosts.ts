/**
 * Machines in miniature: each is a network namespace with one address, at a bridge that exists in the namespace of this process alone. Nothing
 * of the network of the real machine is touched. https://man7.org/linux/man-pages/man7/network_namespaces.7.html
 */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * Words that run a program in namespaces of its own, of networks, mounts and processes: all that it starts ends with it. The shell is the
 * first process there, which has to look at the end of those whose parents have ended: Patroni waits for a PostgreSQL that has.
 */
export const inNamespaces = [
  ...['unshare', '--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'],
  ...['sh', '-c', '"$@" & wait "$!"', 'sh'],
] as const;

/** The folder of Debian with the programs of PostgreSQL. */
export const postgresPrograms = '/usr/lib/postgresql/17/bin';

const programs = {
  unshare: '/usr/bin/unshare',
  ip: '/usr/sbin/ip',
  iptables: '/usr/sbin/iptables',
  setpriv: '/usr/bin/setpriv',
  etcd: '/usr/bin/etcd',
  patroni: '/usr/bin/patroni',
  postgres: `${postgresPrograms}/postgres`,
  // Patroni starts without them, and finds no etcd then.
  'python3-etcd': '/usr/lib/python3/dist-packages/etcd/__init__.py',
  'python3-dnspython': '/usr/lib/python3/dist-packages/dns/__init__.py',
} as const;

/** Reason why the proof cannot run on this machine; undefined if it can. */
export async function missing(): Promise<string | undefined> {
  for (const [name, path] of Object.entries(programs)) {
    if (!(await isThere(path)))
      return `${name} is not installed (Debian: apt-get install patroni python3-etcd python3-dnspython etcd-server postgresql-17 iproute2 iptables)`;
  }
  try {
    const [command, ...words] = inNamespaces;
    await run(command, [...words, 'ip', 'link', 'add', 'dhp0', 'type', 'bridge']);
    return undefined;
  } catch {
    return 'this user may not make network namespaces (run it as root)';
  }
}

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/** The address of the platform and its clients. */
const ownAddress = '10.83.0.1';

/** Makes the bridge. To be called once, in namespaces of its own. */
export async function makeNetwork(): Promise<void> {
  await run('mount', ['-t', 'tmpfs', 'tmpfs', '/run/netns']).catch(async () => {
    await run('mkdir', ['-p', '/run/netns']);
    await run('mount', ['-t', 'tmpfs', 'tmpfs', '/run/netns']);
  });
  await ip('link', 'set', 'lo', 'up');
  await ip('link', 'add', 'dhp0', 'type', 'bridge');
  await ip('addr', 'add', `${ownAddress}/24`, 'dev', 'dhp0');
  await ip('link', 'set', 'dhp0', 'up');
}

const ip = (...words: string[]): Promise<unknown> => run('ip', words);

export interface Host {
  readonly name: string;
  readonly address: string;
  /** Starts a program there as the user `postgres`; what it says goes to a file. */
  start(command: string, words: readonly string[], environment?: Readonly<Record<string, string>>): ChildProcess;
  /** The processes there with this name, of all where none is given. */
  processes(name?: string): Promise<number[]>;
  /** `kill -9` of them, until there are none. */
  kill(name?: string): Promise<void>;
  /** Takes the cable out, both ways; packets are lost in silence. */
  unplug(): Promise<unknown>;
  plugIn(): Promise<unknown>;
  /** Packets from and to these addresses are dropped in silence, until `join`. */
  part(from: readonly Host[]): Promise<void>;
  join(): Promise<void>;
}

/** `ip netns exec` gives a program mounts of its own, so each machine has a directory of its own for the sockets of PostgreSQL. */
const asPostgres =
  'mount --bind "$0" /var/run/postgresql && exec setpriv --reuid=postgres --regid=postgres --init-groups -- "$@"';

/**
 * @param logs the folder for what programs say
 * @param sockets the folder for Unix sockets
 */
export async function makeHost(
  name: string,
  address: string,
  { logs, sockets }: { readonly logs: string; readonly sockets: string },
): Promise<Host> {
  const cable = `to-${name}`;
  await ip('netns', 'add', name);
  await ip('link', 'add', cable, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name);
  await ip('link', 'set', cable, 'master', 'dhp0', 'up');
  await ip('-n', name, 'addr', 'add', `${address}/24`, 'dev', 'eth0');
  for (const one of ['eth0', 'lo']) await ip('-n', name, 'link', 'set', one, 'up');
  const iptables = (...words: string[]): Promise<unknown> =>
    run('ip', ['netns', 'exec', name, programs.iptables, '-w', ...words]);

  async function processes(wanted?: string): Promise<number[]> {
    const { stdout } = await run('ip', ['netns', 'pids', name]);
    const all = stdout.split('\n').filter(Boolean).map(Number);
    if (wanted === undefined) return all;
    const named = await Promise.all(all.map(async (pid) => ({ pid, is: (await commandOf(pid)) === wanted })));
    return named.filter(({ is }) => is).map(({ pid }) => pid);
  }

  return {
    name,
    address,
    start(command, words, environment = {}) {
      const child = spawn('ip', ['netns', 'exec', name, 'sh', '-c', asPostgres, sockets, command, ...words], {
        env: { PATH: process.env['PATH'], HOME: '/var/lib/postgresql', LC_ALL: 'C.UTF-8', ...environment },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const log = createWriteStream(join(logs, `${name}-${command.split('/').at(-1)!}.log`), { flags: 'a' });
      child.stdout.pipe(log, { end: false });
      child.stderr.pipe(log, { end: false });
      child.on('error', () => undefined);
      return child;
    },
    processes,
    async kill(wanted) {
      for (;;) {
        const pids = await processes(wanted);
        if (pids.length === 0) return;
        for (const pid of pids) {
          try {
            process.kill(pid, 'SIGKILL');
          } catch {
            // It has ended meanwhile.
          }
        }
        await delay(20);
      }
    },
    unplug: () => ip('link', 'set', cable, 'down'),
    plugIn: () => ip('link', 'set', cable, 'up'),
    async part(from) {
      for (const { address: other } of from) {
        await iptables('-A', 'INPUT', '-s', other, '-j', 'DROP');
        await iptables('-A', 'OUTPUT', '-d', other, '-j', 'DROP');
      }
    },
    async join() {
      for (const chain of ['INPUT', 'OUTPUT']) await iptables('-F', chain);
    },
  };
}

/** The name of a program, by its first word: Patroni runs in Python. */
async function commandOf(pid: number): Promise<string> {
  const text = await readFile(`/proc/${String(pid)}/cmdline`, 'latin1').catch(() => '');
  const words = text.split('\0').map((word) => word.split(/[/:]/).at(-1)!);
  if (/^postgres:/.test(text) || words[0] === 'postgres') return 'postgres';
  return words.slice(0, 2).includes('patroni') ? 'patroni' : words[0]!;
}
