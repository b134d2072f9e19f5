/** Base backups of the embedded server, the archive of its log, and restores: to its end, to a moment, along another timeline. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmod,
  copyFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import {
  archiveSettings,
  BackupError,
  giveUpRestore,
  listBackups,
  openPlace,
  placeOf,
  removeOld,
  restoreBackup,
  takeBackup,
  type Manifest,
} from '../src/backup/index.ts';
import { parseHistory, parseLsn, parseSegment, segmentName } from '../src/backup/segments.ts';
import { connect, startEmbedded, type EmbeddedPostgres, type Sql } from '../src/index.ts';
import { settings } from './embedded/fixture.ts';

let root: string;
let directory: string;
let folder: string;
let server: EmbeddedPostgres;
let sql: Sql;

const start = async (): Promise<void> => {
  const place = await openPlace(folder, directory);
  server = await startEmbedded({
    directory,
    settings: { ...settings, ...archiveSettings(place) },
    writes: [place.wal],
  });
  sql = connect(server.url, { max: 8 });
};
const stop = async (): Promise<void> => {
  await sql.end();
  await server.stop();
};
before(async () => {
  // A quote, a space and a percent sign: the paths stand in commands that PostgreSQL hands to a shell.
  root = await realpath(await mkdtemp(join(tmpdir(), "dhp backup's 1%p-")));
  directory = join(root, 'postgres');
  folder = join(root, 'backups');
  await start();
  await sql`create table note (id int primary key, text text not null)`;
  await sql`create unlogged table passing (id int)`;
  await sql`insert into passing select generate_series(1, 1000)`;
});
after(async () => {
  await stop().catch(() => undefined);
  await rm(root, { recursive: true, force: true, maxRetries: 10 });
});

const isKind =
  (kind: string) =>
  (error: unknown): boolean => {
    assert.ok(error instanceof BackupError, String((error as Error).stack));
    assert.equal(error.kind, kind, error.message);
    return true;
  };
const take = (): Promise<Manifest> => takeBackup({ url: server.url, directory, place: folder });
const restore = (wanted: { at?: Date; timeline?: number; id?: string } = {}): ReturnType<typeof restoreBackup> =>
  restoreBackup({ ...wanted, directory, place: folder, onStep: () => undefined, afterwards: () => Promise.resolve() });
const ids = async (): Promise<number[]> =>
  (await sql<{ id: number }[]>`select id from note order by id`).map(({ id }) => id);
/** A moment of the clock of the database, a millisecond before and after which nothing is committed. */
const moment = async (): Promise<Date> => {
  const [row] = await sql<{ now: Date }[]>`select pg_sleep(0.01), clock_timestamp() as now`;
  await sql`select pg_sleep(0.01)`;
  return row!.now;
};

describe('a backup', () => {
  it('is made while others write, one at a time, closed to others, without sockets, the log and unlogged rows', async () => {
    let isOver = false;
    let next = 0;
    const writers = Array.from({ length: 6 }, async () => {
      while (!isOver) {
        await sql`insert into note values (${(next += 1)}, ${'x'.repeat(500)})`;
        await delay(5);
      }
    });
    const [one, other] = await Promise.allSettled([take(), take()]);
    isOver = true;
    await Promise.all(writers);
    const failed = [one, other].find(({ status }) => status === 'rejected') as PromiseRejectedResult;
    isKind('backup-running')(failed.reason);
    const [made, ...others] = await listBackups(placeOf(folder));
    assert.deepEqual(others, []);
    const files = await readdir(join(folder, 'base', made!.id, 'data'), { recursive: true, withFileTypes: true });
    for (const { name } of files) assert.doesNotMatch(name, /^(\.s\.PGSQL|postmaster|t\d)/);
    assert.deepEqual(await readdir(join(folder, 'base', made!.id, 'data', 'pg_wal')), []);
    for (const entry of files) {
      const { mode } = await stat(join(entry.parentPath, entry.name));
      assert.equal(mode & 0o077, 0, entry.name);
    }
    const [row] = await sql<{ path: string }[]>`select pg_relation_filepath('passing') as path`;
    await assert.rejects(stat(join(folder, 'base', made!.id, 'data', row!.path)));
    await stat(join(folder, 'base', made!.id, 'data', `${row!.path}_init`));
  });

  it('is refused in a folder that is open to others, a link, or in the data directory, and that of another database', async () => {
    for (const mode of [0o720, 0o702, 0o704]) {
      await chmod(folder, mode);
      await assert.rejects(take(), isKind('backup-directory'));
    }
    await chmod(folder, 0o700);
    await symlink(folder, join(root, 'link'));
    await assert.rejects(
      takeBackup({ url: server.url, directory, place: join(root, 'link') }),
      isKind('backup-directory'),
    );
    await assert.rejects(
      takeBackup({ url: server.url, directory, place: join(directory, 'data', 'x') }),
      isKind('backup-directory'),
    );
    await mkdir(join(root, 'open'), { mode: 0o700 });
    await chmod(join(root, 'open'), 0o777);
    await assert.rejects(
      takeBackup({ url: server.url, directory, place: join(root, 'open', 'x') }),
      isKind('backup-directory'),
    );
    const system = await readFile(join(folder, 'system'), 'utf8');
    await writeFile(join(folder, 'system'), '1234\n');
    await assert.rejects(take(), isKind('backup-other-system'));
    await writeFile(join(folder, 'system'), system);
  });

  it('follows no link in the data directory, and leaves nothing when it fails or is killed', async () => {
    await symlink('/etc/passwd', join(directory, 'data', 'base', 'link'));
    await assert.rejects(take(), isKind('backup-links'));
    await rm(join(directory, 'data', 'base', 'link'));
    const stopped = AbortSignal.abort();
    await assert.rejects(takeBackup({ url: server.url, directory, place: folder, signal: stopped }));
    await kill('take', 'half');
    const left = (): Promise<string[]> => readdir(join(folder, 'base'));
    assert.equal((await left()).filter((name) => name.startsWith('.')).length, 1);
    // The server ends the session of the killed one by itself, and with it the lock.
    for (;;) {
      const error = await take().then(
        () => undefined,
        (reason: unknown) => reason,
      );
      if (error === undefined) break;
      isKind('backup-running')(error);
    }
    assert.deepEqual(
      (await left()).filter((name) => name.startsWith('.')),
      [],
    );
    // The server ends the session of a backup after its client has gone, and with it the slot.
    const slots = async (): Promise<number> => (await sql`select from pg_replication_slots`).length;
    for (const limit = Date.now() + 30_000; (await slots()) > 0 && Date.now() < limit;) await delay(20);
    assert.equal(await slots(), 0);
  });
});

/** Runs a backup or a restore in a process of its own, and kills it when it has begun to copy, or when it is half done. */
async function kill(what: 'take' | 'restore', when: 'half' | 'recovering'): Promise<void> {
  const program = fileURLToPath(new URL('./backup-program.ts', import.meta.url));
  const given = JSON.stringify({ what, when, url: server.url, directory, place: folder });
  const child = spawn(process.execPath, [program, given], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [said] = (await once(child.stdout, 'data')) as [Buffer];
  assert.equal(said.toString(), 'now');
  child.kill('SIGKILL');
  await once(child, 'exit');
}

describe('a restore', () => {
  let kept: number[];
  let then: Date;
  it('is refused while the database is in use', async () => {
    await assert.rejects(restore(), isKind('backup-in-use'));
  });

  it('brings back every row that was there at a moment, and none later; what was unlogged is empty', async () => {
    await sql`insert into note values (1000001, 'before')`;
    kept = await ids();
    then = await moment();
    await sql`insert into note values (1000002, 'after')`;
    await sql`delete from note where id = 1`;
    await stop();
    const restored = await restore({ at: then });
    assert.ok(restored.to <= then && restored.to.getTime() > then.getTime() - 5_000, restored.to.toISOString());
    assert.equal(restored.timeline, 2);
    await start();
    assert.deepEqual(await ids(), kept);
    assert.equal((await sql`select from passing`).length, 0);
    await sql`insert into note values (1000003, 'of the second timeline')`;
  });

  it('to the end has the log that was not archived yet; one that was killed goes on', async () => {
    await sql.end();
    // As the machine that loses power: the last segment is in the data directory alone.
    const pid = Number((await readFile(join(directory, 'data', 'postmaster.pid'), 'utf8')).split('\n')[0]);
    process.kill(pid, 'SIGQUIT');
    await server.exited;
    await kill('restore', 'half');
    await assert.rejects(startEmbedded({ directory, settings }), /A restore of .* was not finished/);
    await kill('restore', 'recovering');
    const restored = await restore();
    assert.equal(restored.timeline, 3);
    await start();
    assert.deepEqual(await ids(), [...kept, 1000003]);
  });

  it('can follow the future that an earlier one has cut off', async () => {
    await stop();
    const restored = await restore({ timeline: 1 });
    assert.equal(restored.timeline, 4);
    await start();
    assert.deepEqual(await ids(), [...kept.filter((id) => id !== 1), 1000002]);
    await stop();
  });

  it('says what stands in the way: no backup then, a log that ends, a missing or damaged part, another version', async () => {
    await assert.rejects(restore({ at: new Date('2020-01-01T00:00:00Z') }), isKind('backup-none'));
    await assert.rejects(restore({ at: new Date(Date.now() + 3_600_000) }), isKind('backup-too-late'));
    assert.equal(await giveUpRestore(directory), true);
    assert.equal(await giveUpRestore(directory), false);
    const place = placeOf(folder);
    const [first] = await listBackups(place);
    const base = join(place.base, first!.id);
    const changed = async (file: string, change: (text: Buffer) => Buffer, kind: string): Promise<void> => {
      await copyFile(file, `${file}.saved`);
      await writeFile(file, change(await readFile(file)));
      await assert.rejects(restore({ id: first!.id, timeline: 1 }), isKind(kind));
      await rename(`${file}.saved`, file);
    };
    const flipped = (text: Buffer): Buffer => {
      text[text.length - 100]! ^= 1;
      return text;
    };
    await changed(join(base, 'data', 'global', 'pg_control'), flipped, 'backup-damaged');
    await changed(join(base, 'files.json'), flipped, 'backup-damaged');
    const older = (text: Buffer): Buffer =>
      Buffer.from(text.toString().replace(/"majorVersion": \d+/, '"majorVersion": 9'));
    for (const { id } of await listBackups(place)) {
      const file = join(place.base, id, 'manifest.json');
      await copyFile(file, `${file}.saved`);
      await writeFile(file, older(await readFile(file)));
    }
    await assert.rejects(restore(), isKind('backup-version'));
    for (const { id } of await listBackups(place))
      await rename(join(place.base, id, 'manifest.json.saved'), join(place.base, id, 'manifest.json'));
    const segments = (await readdir(place.wal)).filter((name) => /^00000001[0-9A-F]{16}$/.test(name)).sort();
    const gone = segments.at(-2)!;
    await rename(join(place.wal, gone), join(root, 'gone'));
    await assert.rejects(restore({ id: first!.id, timeline: 1 }), isKind('backup-log-missing'));
    await rename(join(root, 'gone'), join(place.wal, gone));
    for (const name of [gone, segments.at(-1)!])
      await changed(join(place.wal, name), (text) => text.fill(0, 0, 8192), 'backup-damaged');
    await giveUpRestore(directory);
    await start();
    assert.deepEqual(await ids(), [...kept.filter((id) => id !== 1), 1000002], 'the database is as it was');
  });

  it('needs of older backups nothing when they are removed', async () => {
    await take();
    const place = placeOf(folder);
    const all = await listBackups(place);
    assert.equal(await removeOld(place, all, 1), all.length - 1);
    assert.deepEqual(await listBackups(place), all.slice(-1));
    const rows = await ids();
    await stop();
    await restore();
    await start();
    assert.deepEqual(await ids(), rows);
  });
});

describe('names of segments', () => {
  const size = 16 * 1024 * 1024;
  it('and positions in the log are those of PostgreSQL', async () => {
    for (const position of ['0/0', '0/FFFFFF', '0/1000000', '1/0', 'A/FF000000', 'FFFFFFFF/FFFFFFFF']) {
      const name = segmentName(7, parseLsn(position) / BigInt(size), size);
      const [row] = await sql<{ name: string }[]>`select pg_walfile_name(${position}::pg_lsn) as name`;
      assert.equal(name.slice(8), row!.name.slice(8), position);
      assert.deepEqual(parseSegment(name, size), { timeline: 7, number: parseLsn(position) / BigInt(size) });
    }
    assert.equal(parseSegment('00000002.history', size), undefined);
    assert.throws(() => parseLsn('1/x'), TypeError);
  });
  it('of timelines lead back to where they began', () => {
    const text = '1\t0/3000148\tbefore 2026-11-30 08:15:00+00\n\n2\t0/5000000\tno recovery target specified\n';
    assert.deepEqual(parseHistory(text), [
      { parent: 1, at: 0x3000148n },
      { parent: 2, at: 0x5000000n },
    ]);
    assert.deepEqual(parseHistory(''), []);
  });
});
