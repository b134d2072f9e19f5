/** Files of jobs behave the same in a folder and in buckets, whatever an S3 server does. docs/decisions/0160-files-of-jobs-in-s3.md */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { inspect } from 'node:util';
import { StorageFailure, type FileName, type JobFiles } from '../../src/contract/job-files.ts';
import { openBucket } from '../../src/job-files/bucket.ts';
import { credentialsIn } from '../../src/job-files/credentials.ts';
import { openFolder } from '../../src/job-files/folder.ts';
import { sealing } from '../../src/job-files/sealed.ts';
import { removeOrphans } from '../../src/job-files/orphans.ts';
import type { BucketOptions } from '../../src/job-files/s3.ts';
import {
  accessKey,
  openObjectServer,
  type Fault,
  type ObjectServer,
} from '../../../../tests/object-storage/object-server.ts';
import { selfSigned } from '../../../../tests/checklist/certificate.ts';
import { motoProgram, openMoto } from '../../../../tests/object-storage/moto.ts';

const bucket = 'files-of-jobs';
/** Bytes of a piece, in tests. */
const size = 1_000;
const key = randomBytes(32);
let home: string;
let credentials: string;
before(async () => {
  home = await mkdtemp(join(tmpdir(), 'dhp-job-files-'));
  credentials = join(home, 'credentials');
  await writeFile(credentials, keyFile(accessKey.secret), { mode: 0o600 });
});
after(() => rm(home, { recursive: true }));

function keyFile(secret: string): string {
  return `[default]\naws_access_key_id = ${accessKey.id}\naws_secret_access_key = ${secret}\n`;
}

function optionsOf(endpoint: string, more: Partial<BucketOptions> = {}): BucketOptions {
  return { endpoint, bucket, prefix: 'dhp/playground/', region: 'us-east-1', credentials, ...more };
}

const failed =
  (reason: string | RegExp, isPassing: boolean) =>
  (error: unknown): true => {
    assert.ok(error instanceof StorageFailure, String(error));
    assert.match(error.reason, typeof reason === 'string' ? new RegExp(`^${reason}$`) : reason);
    assert.equal(error.isPassing, isPassing, error.reason);
    // As in a log, with its causes.
    const told = inspect(error, { depth: 9 });
    assert.ok(!told.includes(accessKey.secret) && !told.includes(accessKey.id), told);
    assert.doesNotMatch(told, /Signature=/);
    return true;
  };

interface Place {
  readonly name: string;
  readonly open: () => Promise<{ files: JobFiles; close: () => Promise<void> }>;
  readonly skip?: string;
}

const places: readonly Place[] = [
  {
    name: 'a folder',
    open: async () => {
      const path = join(home, 'folder');
      await mkdir(path);
      await writeFile(join(path, 'of somebody else'), 'x');
      return { files: openFolder(path), close: () => Promise.resolve() };
    },
  },
  {
    name: 'a bucket',
    open: async () => {
      const server = await openObjectServer({ bucket });
      server.objects.set('dhp/playground/of somebody else', Buffer.from('x'));
      const files = openBucket(optionsOf(server.endpoint), size);
      return { files, close: () => server.close() };
    },
  },
  {
    name: 'a folder, encrypted',
    open: () => {
      const files = sealing(openFolder(join(home, 'sealed')), { key, isOn: true, chunk: 300 });
      return Promise.resolve({ files, close: () => Promise.resolve() });
    },
  },
  {
    name: 'a bucket, encrypted',
    open: async () => {
      const server = await openObjectServer({ bucket });
      const files = sealing(openBucket(optionsOf(server.endpoint), size), { key, isOn: true, chunk: 300 });
      return { files, close: () => server.close() };
    },
  },
  {
    name: 'a bucket of moto',
    ...(motoProgram === undefined && { skip: 'moto_server is not installed (apt-get install python3-moto)' }),
    open: async () => {
      const moto = await openMoto(motoProgram!, bucket);
      return { files: openBucket(optionsOf(moto.endpoint), size), close: () => moto.close() };
    },
  },
];

for (const { name, open, skip } of places)
  describe(`files of jobs in ${name}`, { skip: skip ?? false }, () => {
    let files: JobFiles;
    let close: () => Promise<void>;
    before(async () => {
      ({ files, close } = await open());
    });
    after(async () => {
      files.close();
      await close();
    });
    const job = crypto.randomUUID();
    const text = randomBytes(4_321);
    const nameOf = (number: number, attempt: number): FileName => ({ number, attempt, isSealed: files.seals });

    it('are read back while they are made, and when they are whole', async () => {
      const made = await files.create(job, { number: 0, attempt: 1 });
      for (let at = 0; at < text.length; at += 700) {
        await made.append(text.subarray(at, at + 700));
        const sofar = Math.min(text.length, at + 700);
        assert.deepEqual(await made.read(0, 10_000), text.subarray(0, sofar));
        assert.deepEqual(await made.read(sofar - 350, 350), text.subarray(sofar - 350, sofar));
      }
      await made.end();
      const stored = (await files.open(job, nameOf(0, 1)))!;
      for (const [position, length] of [
        [0, 4_321],
        [999, 2],
        [1_000, 1_000],
        [0, 1],
        [4_320, 100],
        [2_500, 5_000],
        [4_321, 10],
        [9_999, 10],
      ] as const)
        assert.deepEqual(await stored.read(position, length), text.subarray(position, position + length));
      await stored.close();
    });

    it('are there without bytes, and with as many as a piece or a chunk has', async () => {
      for (const [number, length] of [0, 1, 300, 301, 900, size, 2 * size].entries()) {
        const made = await files.create(job, { number: 10 + number, attempt: 1 });
        await made.append(text.subarray(0, length));
        await made.end();
        const stored = await files.open(job, nameOf(10 + number, 1));
        assert.deepEqual(await stored?.read(0, 9_000), text.subarray(0, length));
        await stored?.close();
      }
      assert.equal(await files.open(job, nameOf(77, 1)), undefined);
      assert.equal(await files.open(crypto.randomUUID(), nameOf(0, 1)), undefined);
    });

    it('are removed but for those that are kept, and those of later attempts', async () => {
      const other = crypto.randomUUID();
      const names = [
        { number: 0, attempt: 1 },
        { number: 1, attempt: 1 },
        { number: 1, attempt: 2 },
        { number: 1, attempt: 3 },
      ];
      for (const file of names) {
        const made = await files.create(other, file);
        await made.append(text);
        await made.end();
      }
      await files.removeOthers(other, [names[0]!], 2);
      const left = await Promise.all(names.map(({ number, attempt }) => files.open(other, nameOf(number, attempt))));
      assert.deepEqual(
        left.map((file) => file !== undefined),
        [true, false, false, true],
      );
      for (const file of left) await file?.close();
      const discarded = await files.create(other, { number: 2, attempt: 3 });
      await discarded.append(text);
      await discarded.discard();
      assert.equal(await files.open(other, nameOf(2, 3)), undefined);
      assert.deepEqual(new Set(await files.jobs()), new Set([job, other]));
      await removeOrphans(files, () => Promise.resolve(new Set([job])));
      assert.deepEqual(await files.jobs(), [job]);
      await files.remove(job);
      await files.remove(job);
      assert.deepEqual(await files.jobs(), []);
    });
  });

describe('a disk that is full', { skip: existsSync('/dev/full') ? false : 'there is no /dev/full' }, () => {
  it('is told by its word, and a file of it is discarded', async () => {
    const full = join(home, 'full');
    const job = crypto.randomUUID();
    await mkdir(join(full, job), { recursive: true });
    await symlink('/dev/full', join(full, job, '0-1.ndjson'));
    await symlink('/dev/full', join(full, job, '0-1.sealed'));
    for (const isOn of [false, true]) {
      const files = sealing(openFolder(full), { key, isOn });
      const store = async (): Promise<void> => {
        const made = await files.create(job, { number: 0, attempt: 1 });
        await made.append(Buffer.alloc(100_000)).finally(() => made.discard());
      };
      await assert.rejects(store, failed('ENOSPC', false));
      const name = { number: 0, attempt: 1, isSealed: isOn };
      assert.equal(await files.open(job, name), undefined);
    }
  });
});

describe('a server of S3', () => {
  let server: ObjectServer;
  let files: JobFiles;
  const job = crypto.randomUUID();
  const file = { number: 0, attempt: 1 };
  before(async () => {
    server = await openObjectServer({ bucket });
    files = openBucket(optionsOf(server.endpoint, { patience: { idle: 300, whole: 2_000 } }), size);
    const made = await files.create(job, file);
    await made.append(Buffer.alloc(2_500, 'x'));
    await made.end();
  });
  after(async () => {
    files.close();
    await server.close();
  });
  const store = async (): Promise<void> => {
    const made = await files.create(crypto.randomUUID(), file);
    await made.append(Buffer.alloc(1_500));
    await made.end();
  };
  const take = async (): Promise<Buffer | undefined> => (await files.open(job, file))?.read(0, 9_000);
  async function whileIt(fault: Fault | undefined, on: string, work: () => Promise<void>): Promise<void> {
    server.fault = (operation) => (operation === on ? fault : undefined);
    try {
      await work();
    } finally {
      server.fault = () => undefined;
    }
  }

  it('is asked again where it is busy for a moment', async () => {
    let left = 2;
    server.fault = () => (left-- > 0 ? { status: 503, code: 'SlowDown' } : undefined);
    await store();
    server.fault = () => undefined;
    assert.ok(left < 0);
  });

  it('that stays busy, denies or is full is told by its word', async () => {
    for (const [status, code, isPassing] of [
      [503, 'SlowDown', true],
      [500, 'InternalError', true],
      [403, 'AccessDenied', false],
      [507, 'XMinioStorageFull', false],
      [403, 'QuotaExceeded', false],
      [404, 'NoSuchBucket', false],
      [301, 'PermanentRedirect', false],
    ] as const)
      await whileIt({ status, code }, 'put', () => assert.rejects(store, failed(code, isPassing)));
  });

  it('that says nothing, or is never at its end, is not waited for', async () => {
    const began = performance.now();
    const hasty = openBucket(optionsOf(server.endpoint, { patience: { idle: 300, whole: 500, attempts: 1 } }), size);
    const stored = (await hasty.open(job, file))!;
    const read = (): Promise<Buffer> => stored.read(0, 900);
    await whileIt('silent', 'get', () => assert.rejects(read, failed('TimeoutError', true)));
    await whileIt('drip', 'get', () => assert.rejects(read, failed('TimeoutError', true)));
    await whileIt('silent', 'list', () => assert.rejects(hasty.jobs(), failed('TimeoutError', true)));
    const made = await hasty.create(crypto.randomUUID(), file);
    await whileIt('silent', 'put', () => assert.rejects(made.append(Buffer.alloc(size)), failed('TimeoutError', true)));
    hasty.close();
    assert.ok(performance.now() - began < 15_000);
  });

  it('that takes no list of objects removes them one by one', async () => {
    const other = crypto.randomUUID();
    const made = await files.create(other, file);
    await made.append(Buffer.alloc(2_500));
    await made.end();
    await whileIt({ status: 400, code: 'InvalidRequest' }, 'remove', () => files.remove(other));
    assert.equal(await files.open(other, file), undefined);
    assert.equal(server.asked.filter((each) => each === 'remove one').length, 3);
  });

  it('is not waited for when the platform ends', async () => {
    const ended = openBucket(optionsOf(server.endpoint), size);
    assert.ok((await ended.jobs()).length > 0);
    await whileIt('silent', 'list', async () => {
      const asked = assert.rejects(ended.jobs(), failed('closed', true));
      const count = server.asked.length;
      while (server.asked.length === count) await delay(5);
      const began = performance.now();
      ended.close();
      await asked;
      assert.ok(performance.now() - began < 5_000);
    });
    await assert.rejects(ended.jobs(), failed('closed', true));
  });

  it('with another clock is asked by that one', async () => {
    server.ahead = 3_600_000;
    const other = openBucket(optionsOf(server.endpoint), size);
    assert.ok((await other.jobs()).includes(job));
    other.close();
    server.ahead = 0;
  });

  it('that lies about lengths is not believed', async () => {
    await whileIt('short', 'get', () => assert.rejects(take, failed(/ECONNRESET|wrong length|aborted/, true)));
    await whileIt('long', 'get', () => assert.rejects(take, failed('wrong length', false)));
    await whileIt('no range', 'get', async () => {
      const stored = (await files.open(job, file))!;
      await assert.rejects(stored.read(500, 100), failed('wrong length', false));
    });
    assert.deepEqual(await take(), Buffer.alloc(2_500, 'x'));
  });

  it('that has lost a piece gives no file', async () => {
    const key = [...server.objects.keys()].find((each) => each.includes(job) && each.endsWith('1'))!;
    const piece = server.objects.get(key)!;
    server.objects.delete(key);
    await assert.rejects(take, failed('missing piece', false));
    server.objects.set(key, piece);
  });

  it('that nobody answers for is away', async () => {
    const away = openBucket(optionsOf('http://localhost:9', { patience: { idle: 300, whole: 500 } }), size);
    await assert.rejects(away.jobs(), failed('ECONNREFUSED', true));
    away.close();
  });

  it('gets no request that is signed with another key, or for another region', async () => {
    const other = join(home, 'other');
    await writeFile(other, keyFile('another'));
    for (const [more, code] of [
      [{ credentials: other }, 'SignatureDoesNotMatch'],
      [{ region: 'eu-central-1' }, 'AuthorizationHeaderMalformed'],
      [{ bucket: 'another' }, 'NoSuchBucket'],
      [{ credentials: join(home, 'none') }, 'ENOENT'],
    ] as const) {
      const wrong = openBucket(optionsOf(server.endpoint, more), size);
      await assert.rejects(wrong.jobs(), failed(code, false));
      wrong.close();
    }
    assert.ok(server.seen.length > 0 && !server.seen.join().includes(accessKey.secret), 'the secret is not sent');
  });

  it('is believed by its certificate alone', async () => {
    const own = selfSigned('localhost');
    const secure = await openObjectServer({ bucket, tls: own });
    try {
      const trusting = openBucket(optionsOf(secure.endpoint, { authorities: own.cert }), size);
      assert.deepEqual(await trusting.jobs(), []);
      trusting.close();
      const other = openBucket(optionsOf(secure.endpoint), size);
      await assert.rejects(other.jobs(), failed('DEPTH_ZERO_SELF_SIGNED_CERT', false));
      other.close();
    } finally {
      await secure.close();
    }
  });

  it('is asked by what the operator of the platform says, not by what the machine has for other programs', async () => {
    const names = {
      AWS_REGION: 'x',
      AWS_ENDPOINT_URL: 'http://localhost:9',
      AWS_ACCESS_KEY_ID: 'y',
      AWS_SECRET_ACCESS_KEY: 'z',
    };
    const before = Object.keys(names).map((name) => [name, process.env[name]] as const);
    Object.assign(process.env, names);
    try {
      const own = openBucket(optionsOf(server.endpoint), size);
      assert.ok((await own.jobs()).includes(job));
      own.close();
    } finally {
      for (const [name, value] of before)
        if (value === undefined) Reflect.deleteProperty(process.env, name);
        else process.env[name] = value;
    }
  });
});

describe('the file with the access key', () => {
  it('is read as the tools of AWS read it', () => {
    const key = { accessKeyId: 'A', secretAccessKey: 'b+/=' };
    assert.deepEqual(credentialsIn('[default]\r\naws_access_key_id=A\r\n aws_secret_access_key = b+/=  \r\n'), key);
    const two =
      '# of dhp\n[dhp]\naws_access_key_id = A\naws_secret_access_key = b+/=\naws_session_token = t\n[other]\naws_access_key_id = B';
    assert.deepEqual(credentialsIn(two), { ...key, sessionToken: 't' });
    for (const text of [
      '',
      '[default]\naws_access_key_id = A',
      'A:b',
      '[a]\naws_access_key_id=A\n[b]\naws_secret_access_key=b',
    ])
      assert.equal(credentialsIn(text), undefined);
  });
});
