/**
 * Jobs of a whole platform: accepted, listed, shown, retried and cancelled on the command line; run by a separate process that is killed
 * meanwhile. docs/jobs.md
 */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { connect, databaseUrl, startEmbedded } from '@dhp/postgres';
import { until } from '@dhp/postgres/testing';
import { hooked, observation, topic, topicUrl } from '../apps/fhir/test/subscriptions/bed.ts';
import { numbersAt, startReceiver, type Receiver } from '../apps/fhir/test/subscriptions/receiver.ts';
import { getToken, openHome, type Home, type Platform } from './platform.ts';
import { servers } from './processes.ts';

let place: Home;
let platform: Platform;
let receiver: Receiver;
let token: string;
before(async () => {
  receiver = await startReceiver();
  const environment = { DHP_JOBS: 'take', DHP_SEED_PATIENTS: '20', DHP_OUTBOUND_HOSTS: receiver.host };
  place = await openHome({ begins: 'migrated', serves: 'sso,fhir', commands: 'together', environment });
  platform = await place.start();
  token = await getToken(platform.urls.sso, await place.createClient('playground'));
});
after(async () => {
  await place.close();
  await receiver.close();
});

interface Job {
  readonly job_id: string;
  readonly state: string;
  readonly attempt: number;
  readonly bytes: number;
  readonly about: string;
  readonly status?: number;
}

const jobsOf = async (): Promise<Job[]> => (await place.json<{ jobs: Job[] }>(['job', 'list'])).jobs;

function ask(url: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Response> {
  return fetch(url, { method, headers: { authorization: `Bearer ${token}`, ...headers } });
}

async function defer(path: string): Promise<string> {
  const response = await ask(`${platform.urls.playground}${path}`, { prefer: 'respond-async' });
  assert.equal(response.status, 202, await response.text());
  return response.headers.get('content-location')!;
}

async function said(words: string, language?: string): Promise<string> {
  const { stdout, stderr } = await place.run(
    words.split(' '),
    language === undefined ? undefined : { LC_ALL: language },
  );
  return stdout + stderr.replaceAll(/^ {2}.*\n/gm, '');
}

async function waitsAfterFailure(id: string): Promise<void> {
  const { url } = await startEmbedded({ directory: `${place.data}/postgres` });
  const sql = connect(databaseUrl(url, 'dhp_playground'), { max: 1 });
  await sql`update fhir.job set attempt = 1, due = now() + interval '1 hour' where id = ${id}`;
  await sql.end();
}

describe('dhp job', () => {
  it('lists, shows and ends what is taken, in three languages', async () => {
    assert.equal(await said('job list'), 'There is no job.\n');
    const job = await defer('/Patient?_count=1');
    const id = job.split('/').at(-1)!;
    const [listed, ...more] = await jobsOf();
    assert.deepEqual(more, []);
    assert.deepEqual([listed?.job_id, listed?.state, listed?.about], [id, 'waiting', 'GET search-type of Patient']);
    assert.match(
      await said('job list'),
      new RegExp(`^JOB ID .*\\n${id}  waiting +0\\.0 MB .* GET search-type of Patient\\n$`),
    );
    assert.match(await said(`job show ${id}`), new RegExp(`^job_id +${id}\\nstate +waiting\\n`));
    assert.match(await said('job show none', 'ru_RU.UTF-8'), /^dhp: Задания none нет: dhp job list/);
    assert.match(await said(`job retry ${id} --reason tidy`), new RegExp(`^dhp: Job ${id} cannot be tried again`));
    await waitsAfterFailure(id);
    assert.match(
      await said(`job retry ${id} --reason room`, 'ru_RU.UTF-8'),
      new RegExp(`^Задание ${id} выполняется снова`),
    );
    assert.match(await said('audit export --reason look'), new RegExp(`job.retried.*playground/${id}: room`));
    assert.match(await said(`job cancel ${crypto.randomUUID()}`, 'uz_UZ.UTF-8'), /^dhp: \S+ topshirigʻi yoʻq/);
    assert.match(await said(`job cancel ${id} --reason tidy`, 'ru_RU.UTF-8'), new RegExp(`^${id} прерывается`));
    assert.match(await said('audit export --reason look'), new RegExp(`playground/${id}: tidy`));
    assert.equal((await ask(job)).status, 404);
    assert.equal(await said('job list', 'uz_UZ.UTF-8'), 'Topshiriq yoʻq.\n');
  });

  it('knows the environments', async () => {
    assert.match(await said('job list --environment else'), /^dhp: --environment else: /);
  });
});

const skip = process.platform === 'linux' ? false : 'processes are found by way of /proc';

describe('a process for jobs alone', { skip }, () => {
  /** Id of the playground's process with lower priority. */
  async function jobProcess(): Promise<number> {
    return until('there is a process for jobs', async () => {
      const found = (await servers(platform.pid)).get('playground') ?? [];
      const nice = await Promise.all(
        found.map(async (pid) => (await readFile(`/proc/${String(pid)}/stat`, 'utf8')).split(') ')[1]!.split(' ')[16]),
      );
      return found[nice.indexOf('10')];
    });
  }

  /** A job may end before it is seen running: then another one is requested. */
  async function killedInTheMiddle(path: string): Promise<{ job: string; pid: number }> {
    for (let times = 0; times < 10; times += 1) {
      const pid = await jobProcess();
      const job = await defer(path);
      const id = job.split('/').at(-1)!;
      const seen = await until('it is begun', async () =>
        (await jobsOf()).find((one) => one.job_id === id && one.state !== 'waiting'),
      );
      if (seen.state === 'ended') continue;
      process.kill(pid, 'SIGKILL');
      const [now] = await jobsOf();
      if (now?.state === 'running' && now.attempt === 1) return { job, pid };
    }
    assert.fail('no job was seen to run');
  }

  it('does a job, and when it is killed in the middle the next one does it from its beginning', async () => {
    await platform.end('SIGTERM');
    platform = await place.start({ DHP_JOBS: 'process' });
    token = await getToken(platform.urls.sso, await place.createClient('playground'));
    assert.equal((await servers(platform.pid)).get('playground')?.length, 2);
    const path = '/Patient/$everything';
    const { job, pid } = await killedInTheMiddle(path);
    const response = await until('it ends', async () => {
      // Clients that poll too often are refused.
      await delay(250);
      const answer = await ask(job);
      if (answer.status !== 202) return answer;
      await answer.arrayBuffer();
      return undefined;
    });
    assert.equal(response.status, 200);
    const bundle = (await response.json()) as { entry: [{ resource: { entry: unknown[] } }] };
    const at = (await (await ask(`${platform.urls.playground}${path}`)).json()) as { entry: unknown[] };
    assert.ok(at.entry.length > 100, String(at.entry.length));
    assert.equal(bundle.entry[0].resource.entry.length, at.entry.length);
    assert.ok((await jobProcess()) !== pid);
  });
});

/** After the tests of the job process, which sends notifications. */
describe('dhp subscription', { skip }, () => {
  const write = async (resource: Record<string, unknown>): Promise<void> => {
    const address = `${platform.urls.playground}/${String(resource['resourceType'])}/${String(resource['id'])}`;
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/fhir+json' };
    const response = await fetch(address, { method: 'PUT', headers, body: JSON.stringify(resource) });
    assert.ok(response.status < 300, await response.text());
  };
  /** Undefined until the state of its notifications is known. */
  const shown = async (): Promise<Record<string, unknown> | undefined> => {
    const { code, stdout } = await place.run(['subscription', 'show', 'results', '--json']);
    return code === 0 ? (JSON.parse(stdout) as Record<string, unknown>) : undefined;
  };

  it('lists and shows how far each is, and has it told again, in three languages', async () => {
    assert.equal(await said('subscription list'), 'There is no subscription.\n');
    await write({ resourceType: 'Patient', id: 'p' });
    await write(topic('observations'));
    await write(hooked('results', receiver.url('/results')));
    await until('it is active', async () => ((await shown())?.['status'] === 'active' ? true : undefined));
    for (const id of ['one', 'two']) await write(observation(id));
    await until('all is taken', async () => ((await shown())?.['taken'] === 2 ? true : undefined));
    const { client_id: client, changed_at: _, ...one } = (await shown())!;
    assert.deepEqual(one, {
      ...{ subscription_id: 'results', status: 'active', topic: topicUrl, endpoint: receiver.url('/results') },
      ...{ numbered: 2, taken: 2, behind: 0 },
    });
    assert.match(
      await said('subscription list'),
      new RegExp(`^SUBSCRIPTION .*\\nresults +active +2 +2 +0 +- +0 +${String(client)} +${topicUrl}\\n$`),
    );
    assert.match(await said('subscription show none', 'uz_UZ.UTF-8'), /^dhp: .*none obunasi yoʻq/);
    assert.match(await said('subscription replay results --from 0 --reason x'), /^dhp: Give the event to start from/);
    assert.match(await said('subscription replay results --from 3 --reason x', 'ru_RU.UTF-8'), /с номера от 1 до 2/);
    assert.match(
      await said('subscription replay results --from 2 --reason restored'),
      /^The notifications of results are sent again from number 2 on\.\n/,
    );
    await until('it is told again', () =>
      Promise.resolve(numbersAt(receiver, '/results').join() === '1,2,2' ? true : undefined),
    );
    assert.match(await said('audit export --reason look'), /subscription\.replayed.*results from 2: restored/);
    await until('all is taken again', async () => ((await shown())?.['taken'] === 2 ? true : undefined));
    for (const time of ['yesterday', '2026-11-25T09:30:00', '2026-13-25T09:30:00Z'])
      assert.match(
        await said(`subscription replay results --since ${time} --reason x`),
        /^dhp: Give the event to start from/,
      );
    const both = 'subscription replay results --from 1 --since 2026-11-25T09:30:00Z --reason x';
    assert.match(await said(both), /^dhp: Give the event to start from/);
    const late = 'subscription replay results --since 2126-11-25T09:30:00+05:00 --reason x';
    assert.match(await said(late), /^dhp: Subscription results has no event of 2126-11-25T09:30:00\+05:00 or later\./);
    assert.match(
      await said('subscription replay results --since 2026-01-01T00:00:00Z --reason again'),
      /^The notifications of results are sent again from number 1 on\.\n/,
    );
    await until('both are told again', () =>
      Promise.resolve(numbersAt(receiver, '/results').join() === '1,2,2,1,2' ? true : undefined),
    );
    assert.match(await said('subscription pause none --reason x'), /^dhp: There is no subscription none/);
    assert.match(await said('subscription pause results --reason moved', 'ru_RU.UTF-8'), /приостановлены/);
    await write(observation('three'));
    await until('the third has its number', async () => ((await shown())?.['behind'] === 1 ? true : undefined));
    const held = (await shown())!;
    assert.ok([held['behind_since'], held['paused_since']].every((at) => Date.parse(String(at)) > 0));
    assert.match(
      await said('subscription list'),
      new RegExp(`\\nresults +active,paused +3 +2 +1 +${String(held['behind_since'])} +0 `),
    );
    assert.match(
      await said('subscription resume results --reason back'),
      /^The notifications of results are resumed\.\n/,
    );
    await until('it is told', async () => ((await shown())?.['taken'] === 3 ? true : undefined));
    await said('subscription resume results --reason again');
    const trail = await said('audit export --reason look');
    assert.match(trail, /subscription\.paused.*results: moved/);
    assert.equal(trail.match(/subscription\.resumed/g)?.length, 1, 'what was so already is not recorded');
  });
});
