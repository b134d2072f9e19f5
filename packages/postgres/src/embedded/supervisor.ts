/**
 * Runs `postgres` under a small supervisor in a separate session. The supervisor holds one end of a pipe whose other end only this process
 * has: when this process ends, in whatever way, the pipe closes and the supervisor shuts PostgreSQL down. The separate session keeps Ctrl-C
 * in the terminal from PostgreSQL, which must outlive the draining of the requests.
 */
import { spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';

export interface SupervisorOptions {
  /** The command line that runs `postgres` in the foreground. */
  command: string[];
  /** `INT`: finish properly (fast shutdown). `QUIT`: stop at once, for a cluster that is thrown away. */
  stopSignal: 'INT' | 'QUIT';
  /** A directory to remove after the end, even if this process does not see it. */
  remove?: string;
  /** Open file for the output. */
  output: number;
  cwd: string;
  spawnAs: { uid?: number; gid?: number };
  /** Variables in addition to those of every server. */
  environment: Readonly<Record<string, string>>;
}

export interface Supervised {
  /** Resolves when PostgreSQL has ended. */
  readonly exited: Promise<void>;
  readonly hasExited: boolean;
  /** Asks for the end: closes the pipe. */
  stop(): void;
}

/**
 * The watcher waits for the end of the pipe (descriptor 3); PostgreSQL must not hold that descriptor itself. TERM goes
 * to every process of a service when its manager stops it: the supervisor ignores it and waits for the owner.
 */
const script = `
trap '' HUP INT TERM
stop=$1 remove=$2
shift 2
exec 3<&0 </dev/null
"$@" 3<&- &
server=$!
( read -r _ <&3; kill -s "$stop" "$server" ) 2>/dev/null &
watcher=$!
exec 3<&-
wait "$server"
code=$?
kill -s KILL "$watcher" 2>/dev/null
[ -z "$remove" ] || rm -rf -- "$remove"
exit "$code"
`;

const windowsSupervisor = fileURLToPath(new URL('./supervisor-windows.ts', import.meta.url));

/** Starts it. Neither the child nor its pipe keeps this process from ending. */
export function supervise(options: SupervisorOptions): Supervised {
  const { command, stopSignal, remove = '', output, cwd, spawnAs, environment } = options;
  const [program, ...parameters] =
    process.platform === 'win32'
      ? [process.execPath, windowsSupervisor, remove, ...command]
      : ['/bin/sh', '-c', script, 'dhp-postgres', stopSignal, remove, ...command];
  const child = spawn(program, parameters, {
    stdio: ['pipe', output, output],
    detached: true,
    windowsHide: true,
    cwd,
    // The locale of the starting user must not matter: the cluster has its own.
    env: { PATH: process.env['PATH'], SystemRoot: process.env['SystemRoot'], LC_ALL: 'C', TZ: 'UTC', ...environment },
    ...spawnAs,
  });
  let hasExited = false;
  const exited = new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', () => {
      hasExited = true;
      resolve();
    });
  });
  exited.catch(() => {
    hasExited = true;
  });
  const pipe = child.stdin as Socket;
  pipe.on('error', () => undefined); // it is gone already
  pipe.unref();
  child.unref();
  return {
    exited,
    get hasExited() {
      return hasExited;
    },
    stop() {
      pipe.end();
      child.ref();
    },
  };
}
