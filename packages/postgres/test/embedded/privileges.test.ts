import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmod, chown, mkdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { startEmbedded } from '../../src/index.ts';
import type { EmbeddedOptions } from '../../src/embedded/start.ts';
import { postmasterOf, settings, startInChild, stopChild, temporaryDirectory, withSql } from './fixture.ts';

const root = process.getuid?.() === 0 ? false : 'needs root';
const nobody = 65534;

function skipUnless(command: string[]): string | false {
  if (root) return root;
  try {
    execFileSync(command[0]!, command.slice(1), { stdio: 'ignore' });
    return false;
  } catch {
    return `${command.join(' ')} does not work here`;
  }
}

const namespace = skipUnless(['unshare', '--user', '--map-user=65534', '--map-group=65534', 'true']);
const capability = skipUnless([
  ...['setpriv', `--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups'],
  ...['--inh-caps=+dac_override', '--ambient-caps=+dac_override', 'true'],
]);

async function uidOf(pid: number): Promise<number> {
  return Number(/^Uid:\t(\d+)/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]);
}

describe('privileges', { timeout: 120_000 }, () => {
  async function startsAndStops(directory: string, runAs?: EmbeddedOptions['runAs']): Promise<void> {
    const server = await startEmbedded({ directory, settings, ...(runAs === undefined ? {} : { runAs }) });
    const uid = await uidOf(await postmasterOf(directory));
    const mustBeRoot = runAs === undefined || runAs === 'namespace';
    assert.equal(uid === 0, mustBeRoot, `runs as uid ${uid}`); // otherwise postgres or nobody, depending on the system
    assert.equal((await stat(join(directory, 'data'))).uid, uid);
    await withSql(server.url, (sql) => sql`create table if not exists kept (id int)`);
    await server.stop();
  }

  it('root, by a user namespace: files stay of root, below a closed folder', { skip: namespace }, async (test) => {
    const directory = await temporaryDirectory(test);
    await chmod(dirname(directory), 0o700);
    await startsAndStops(directory);
  });

  it('root, as an unprivileged user who owns the directory', { skip: root }, async (test) => {
    const directory = await temporaryDirectory(test);
    await chmod(dirname(directory), 0o755);
    await startsAndStops(directory, 'user');
  });

  it('root, as that user with the right to pass closed folders', { skip: capability }, async (test) => {
    const directory = await temporaryDirectory(test);
    await chmod(dirname(directory), 0o700);
    await startsAndStops(directory, 'capability');
  });

  it('a cluster may change hands between these ways', { skip: namespace || capability }, async (test) => {
    const directory = await temporaryDirectory(test);
    await chmod(dirname(directory), 0o755);
    await startsAndStops(directory, 'namespace');
    await startsAndStops(directory, 'user');
    await startsAndStops(directory, 'namespace');
    await startsAndStops(directory, 'capability');
  });

  it('an ordinary user', { skip: root }, async (test) => {
    const directory = await temporaryDirectory(test);
    await chmod(dirname(directory), 0o755);
    await mkdir(directory, { mode: 0o700 });
    await chown(directory, nobody, nobody);
    const { child, url } = await startInChild(test, { directory }, { uid: nobody, gid: nobody });
    assert.equal(await uidOf(await postmasterOf(directory)), nobody);
    assert.deepEqual([...(await withSql(url, (sql) => sql`select 1 as answer`))], [{ answer: 1 }]);
    await stopChild(child);
  });

  it('an ordinary user is told when the directory is somebody else’s', { skip: root }, async (test) => {
    const directory = await temporaryDirectory(test);
    await chmod(dirname(directory), 0o755);
    await mkdir(directory, { mode: 0o755 });
    await assert.rejects(
      startInChild(test, { directory }, { uid: nobody, gid: nobody }),
      /EACCES|belongs to another user/,
    );
  });
});
