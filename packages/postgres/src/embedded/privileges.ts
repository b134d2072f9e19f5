/**
 * PostgreSQL refuses to run as root. If the platform runs as root, its server is started in one of three ways:
 *
 * - `namespace`: in a user namespace where root is called nobody. Files stay root's, so a data directory or a node_modules below a closed
 *   folder (/root) works. Many containers forbid namespaces.
 * - `user`: as an unprivileged user (`postgres`, otherwise `nobody`), who then owns the data directory and must be able to reach it and the
 *   binaries.
 * - `capability`: as that user, with only the capability to reach files in closed folders (CAP_DAC_OVERRIDE). It has no more access to
 *   files than in a namespace.
 */
import { execFile } from 'node:child_process';
import { access, chown, constants, lstat, readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export type RunAs = 'self' | 'namespace' | 'user' | 'capability';

/** Way to start a program that must not run as root. */
export interface Privileges {
  runAs: RunAs;
  /** The command line that runs `command`. */
  wrap: (command: string[]) => string[];
  /** User and group for `spawn`. */
  spawnAs: { uid?: number; gid?: number };
  /** Required owner of the data directory. */
  owner: { uid: number; gid: number } | undefined;
}

/**
 * Chooses the way.
 * @param paths that PostgreSQL must reach: the data directory's parent and the binaries
 * @param wanted a way to use instead of the first that works
 * @throws Error if none works
 */
export async function choosePrivileges(paths: string[], wanted?: RunAs): Promise<Privileges> {
  if (process.getuid?.() !== 0) return asSelf;
  if (wanted === 'namespace' || (wanted === undefined && (await namespacesWork()))) return inNamespace;
  const user = await unprivilegedUser();
  if (wanted === 'user' || (wanted === undefined && (await everyoneReaches(paths)))) return asUser(user);
  if (wanted === 'capability' || (await capabilityWorks(user))) return withCapability(user);
  throw new Error(
    'PostgreSQL does not run as root, user namespaces are not allowed here, and an unprivileged user cannot reach ' +
      `${paths.join(' and ')}. Run as another user, or move both below a folder that everyone may enter`,
  );
}

const asSelf: Privileges = { runAs: 'self', wrap: (command) => command, spawnAs: {}, owner: undefined };

const namespaceCommand = ['unshare', '--user', '--map-user=65534', '--map-group=65534'];

const inNamespace: Privileges = {
  runAs: 'namespace',
  wrap: (command) => [...namespaceCommand, ...command],
  spawnAs: {},
  owner: { uid: 0, gid: 0 },
};

function asUser(user: { uid: number; gid: number }): Privileges {
  return { runAs: 'user', wrap: (command) => command, spawnAs: user, owner: user };
}

function withCapability(user: { uid: number; gid: number }): Privileges {
  return {
    runAs: 'capability',
    wrap: (command) => [...capabilityCommand(user), ...command],
    spawnAs: {},
    owner: user,
  };
}

function capabilityCommand(user: { uid: number; gid: number }): string[] {
  const drop = [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups'];
  return ['setpriv', ...drop, '--inh-caps=+dac_override', '--ambient-caps=+dac_override', '--'];
}

async function namespacesWork(): Promise<boolean> {
  return works([...namespaceCommand, 'true']);
}

async function capabilityWorks(user: { uid: number; gid: number }): Promise<boolean> {
  return works([...capabilityCommand(user), 'true']);
}

async function works(command: string[]): Promise<boolean> {
  const [program, ...parameters] = command;
  return run(program!, parameters).then(
    () => true,
    () => false,
  );
}

/** PostgreSQL looks its user up by number, so one with an entry in the user database is needed. */
async function unprivilegedUser(): Promise<{ uid: number; gid: number }> {
  const users = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  const found = users.find(([name]) => name === 'postgres') ?? users.find(([name]) => name === 'nobody');
  if (found === undefined) throw new Error('PostgreSQL does not run as root, and there is no user postgres or nobody');
  return { uid: Number(found[2]), gid: Number(found[3]) };
}

/** Whether every folder on each path can be traversed by everyone. */
async function everyoneReaches(paths: string[]): Promise<boolean> {
  for (const path of paths) {
    for (let folder = path; ; folder = dirname(folder)) {
      if (((await stat(folder)).mode & 0o005) !== 0o005) return false;
      if (folder === dirname(folder)) break;
    }
  }
  return true;
}

/**
 * Gives a directory with its contents to the user as whom the server will run, if another way was used before.
 * @throws Error if it belongs to another user and this process is not root
 */
export async function ownDirectory(directory: string, privileges: Privileges): Promise<void> {
  const { uid } = await stat(directory);
  if (privileges.owner === undefined) {
    await access(directory, constants.R_OK | constants.W_OK | constants.X_OK).catch((cause: unknown) => {
      throw new Error(`The data directory ${directory} belongs to another user (uid ${uid})`, { cause });
    });
  } else if (uid !== privileges.owner.uid) {
    await giveAll(directory, privileges.owner);
  }
}

async function giveAll(path: string, owner: { uid: number; gid: number }): Promise<void> {
  const found = await lstat(path);
  if (found.isSymbolicLink()) return;
  if (found.isDirectory()) for (const name of await readdir(path)) await giveAll(join(path, name), owner);
  await chown(path, owner.uid, owner.gid); // the directory last: an interrupted run starts over
}
