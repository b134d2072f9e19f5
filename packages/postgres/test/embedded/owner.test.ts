import assert from 'node:assert/strict';
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { embeddedOwner, startEmbedded } from '../../src/index.ts';
import { DatabaseInUseError } from '../../src/embedded/start.ts';
import { claim, readOwner, release } from '../../src/embedded/owner.ts';
import {
  forkProgram,
  killHard,
  ready,
  settings,
  startInChild,
  stopChild,
  temporaryDirectory,
  untilNoServer,
  withSql,
} from './fixture.ts';

describe('two processes and one directory', { timeout: 120_000 }, () => {
  it('attaches to the server of a live owner, and leaves it running', async (test) => {
    const directory = await temporaryDirectory(test);
    const owner = await startInChild(test, { directory, name: 'the server' });
    assert.deepEqual(await embeddedOwner(directory), { pid: owner.child.pid, name: 'the server' });
    const guest = await startEmbedded({ directory, settings });
    assert.deepEqual([guest.owned, guest.port, guest.url], [false, owner.port, owner.url]);
    await guest.stop();
    assert.deepEqual([...(await withSql(owner.url, (sql) => sql`select 1 as answer`))], [{ answer: 1 }]);
    await stopChild(owner.child);
    assert.equal(await embeddedOwner(directory), undefined);
    await untilNoServer(directory, 0);
  });

  it('writes nothing where it only attaches, so that commands work where the disk is full', async (test) => {
    const directory = await temporaryDirectory(test);
    const owner = await startInChild(test, { directory });
    // Creating and removing a file changes the time of its folder.
    const before = await stat(directory, { bigint: true });
    await startEmbedded({ directory, settings });
    assert.equal((await stat(directory, { bigint: true })).mtimeNs, before.mtimeNs);
    await stopChild(owner.child);
  });

  it('attaches also while the owner is still starting', async (test) => {
    const directory = await temporaryDirectory(test);
    const started = await Promise.all([1, 2, 3].map(() => ready(forkProgram(test, { directory }))));
    assert.deepEqual(started.map((one) => one.owned).sort(), [false, false, true]);
    assert.equal(new Set(started.map((one) => one.port)).size, 1);
  });

  it('with attach false: waits for a short-lived owner, then owns the server', async (test) => {
    const directory = await temporaryDirectory(test);
    const command = await startInChild(test, { directory, name: 'dhp client create' });
    await withSql(command.url, (sql) => sql`create table made_by_command (id int)`);
    const steps: string[] = [];
    const waits = Promise.withResolvers<undefined>();
    const starting = startEmbedded({
      directory,
      settings,
      attach: false,
      waitForOwner: 30_000,
      onProgress: (step) => {
        steps.push(step);
        waits.resolve(undefined);
      },
    });
    await waits.promise;
    assert.deepEqual(steps, [`waiting for dhp client create (process ${command.child.pid ?? 0}) to finish`]);
    await stopChild(command.child);
    const server = await starting;
    assert.equal(server.owned, true);
    await withSql(server.url, (sql) => sql`select * from made_by_command`);
    await server.stop();
  });

  it('with attach false: says who has the directory when that one does not finish', async (test) => {
    const directory = await temporaryDirectory(test);
    const { child } = await startInChild(test, { directory, name: 'dhp start' });
    await assert.rejects(startEmbedded({ directory, settings, attach: false, waitForOwner: 100 }), (error) => {
      assert.ok(error instanceof DatabaseInUseError);
      assert.deepEqual(error.owner, { pid: child.pid, name: 'dhp start' });
      assert.match(error.message, /is in use by dhp start \(process \d+\)/);
      return true;
    });
  });

  it('a guest becomes owner when the owner is killed while it starts', async (test) => {
    const directory = await temporaryDirectory(test);
    const first = forkProgram(test, { directory });
    while ((await readOwner(directory)) === undefined) await new Promise((resolve) => setTimeout(resolve, 5));
    const second = startEmbedded({ directory, settings });
    await killHard(first);
    const server = await second;
    assert.equal(server.owned, true);
    await server.stop();
  });

  it('gives a directory to one of many who find a dead owner at once', async (test) => {
    const directory = await temporaryDirectory(test);
    await mkdir(directory, { recursive: true });
    // A live process number, but not of the process that wrote this.
    const dead = { pid: process.ppid, started: 'long ago', name: 'dead', token: 'x' };
    await writeFile(join(directory, 'owner.json'), JSON.stringify(dead));
    const claims = await Promise.all(Array.from({ length: 20 }, (_, index) => claim(directory, `claimant ${index}`)));
    const claimed = claims.flatMap((outcome) => ('claimed' in outcome ? [outcome.claimed] : []));
    assert.equal(claimed.length, 1);
    await release(directory, { ...claimed[0]!, token: 'not mine' });
    assert.equal((await readOwner(directory))?.token, claimed[0]?.token);
    await release(directory, claimed[0]!);
    assert.equal(await readOwner(directory), undefined);
  });

  it('treats a damaged record as none', async (test) => {
    const directory = await temporaryDirectory(test);
    await mkdir(directory, { recursive: true });
    await writeFile(join(directory, 'owner.json'), '{"pid":');
    const server = await startEmbedded({ directory, settings });
    assert.equal(server.owned, true);
    await server.stop();
  });
});
