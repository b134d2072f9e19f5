/** The metrics of a platform, as Prometheus reads them: complete, described, and right when a process dies. The alerts and the dashboard use them. */
import assert from 'node:assert/strict';
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { until } from '@dhp/postgres/testing';
import { fhirAt, hasStatus } from './fhir.ts';
import { getToken, openHome, type Home, type Platform } from './platform.ts';
import { freePort } from './processes.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const rulesFile = join(root, 'deploy/prometheus/dhp.rules.yml');
const programs = ['/usr/bin', '/usr/local/bin'];
const [prometheus, promtool] = ['prometheus', 'promtool'].map((name) =>
  programs.map((folder) => join(folder, name)).find((path) => existsSync(path)),
);
const withoutPrometheus =
  prometheus === undefined || promtool === undefined
    ? 'Prometheus is not installed (Debian: apt install prometheus)'
    : false;

/** Expressions of the dashboard, with the interval that Grafana fills in. */
function panels(): string[] {
  const { panels: all } = JSON.parse(readFileSync(join(root, 'deploy/grafana/dhp.json'), 'utf8')) as {
    panels: { targets: { expr: string }[] }[];
  };
  return all.flatMap(({ targets }) => targets.map(({ expr }) => expr.replaceAll('$__rate_interval', '1m')));
}

interface Alert {
  readonly name: string;
  readonly expression: string;
}

/** As the file is laid out: each alert has its expression in the next line. */
function alerts(): Alert[] {
  const found = readFileSync(rulesFile, 'utf8').matchAll(/- alert: (\w+)\n +expr: +(?:'((?:[^']|'')*)'|(.*))\n/g);
  return [...found].map(([, name, quoted, plain]) => ({
    name: name!,
    expression: (quoted ?? plain!).replaceAll("''", "'"),
  }));
}

describe('the metrics of a platform', () => {
  let home: Home;
  let platform: Platform;
  let port: number;
  before(async () => {
    port = await freePort();
    // Nothing listens there: the state of streams and replica is reported all the same.
    const others = {
      DHP_NATS_URL: `nats://127.0.0.1:${String(await freePort())}`,
      DHP_KAFKA_URL: `kafka://127.0.0.1:${String(await freePort())}`,
      DHP_DATABASE_REPLICAS: `127.0.0.1:${String(await freePort())}`,
      DHP_ACCESS_LOG: 'json',
      DHP_REQUEST_MEMORY: '1000000',
    };
    home = await openHome({ begins: 'migrated', environment: { DHP_METRICS_PORT: String(port), ...others } });
    platform = await home.start();
  });
  after(() => home.close());

  const text = async (): Promise<string> => {
    const response = await fetch(`http://127.0.0.1:${String(port)}/metrics`);
    assert.equal(response.status, 200);
    assert.match(response.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/);
    return response.text();
  };
  const valueOf = (all: string, name: string, ...labels: string[]): number => {
    const lines = all
      .split('\n')
      .filter((line) => line.startsWith(`${name}{`) && labels.every((one) => line.includes(one)));
    return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
  };

  it('count what was asked, by interaction and by route, and name no patient, person or client', async () => {
    const client = await home.createClient();
    const ask = fhirAt(platform.urls.playground, await getToken(platform.urls.sso, client));
    hasStatus(await ask('PUT', 'Patient/measured', { resourceType: 'Patient', id: 'measured' }), 201);
    for (let n = 0; n < 3; n += 1) hasStatus(await ask('GET', 'Patient/measured'), 200);
    hasStatus(await ask('GET', 'Patient/nobody-is-here'), 404);
    const entry = [{ request: { method: 'GET', url: 'Patient/measured' } }];
    hasStatus(await ask('POST', '', { resourceType: 'Bundle', type: 'batch', entry }), 200);
    await fetch(`${platform.urls.portal}/`).then((page) => page.text());
    const all = await text();
    const requests = (...labels: string[]): number => valueOf(all, 'dhp_requests_total', ...labels);
    assert.equal(requests('route="read"', 'status="200"', 'server="playground"'), 3);
    assert.equal(requests('route="read"', 'status="404"'), 1);
    assert.equal(valueOf(all, 'dhp_request_duration_seconds_count', 'route="read"', 'status="2xx"'), 3);
    assert.ok(requests('route="/oauth/token"', 'server="sso"', 'status="200"') >= 1);
    assert.ok(requests('route="/"', 'server="portal"', 'status="200"') >= 1);
    assert.equal(valueOf(all, 'dhp_bundle_entries_total', 'route="read"', 'status="200"'), 1);
    assert.ok(valueOf(all, 'dhp_sso_events_total', 'event="token.issued"') >= 1);
    assert.ok(valueOf(all, 'dhp_tokens_total', 'grant="client_credentials"') >= 1);
    assert.equal(valueOf(all, 'dhp_refusals_total', 'server="playground"', 'code="resource-not-found"'), 1);
    assert.ok(valueOf(all, 'dhp_requests_held_bytes_limit', 'server="playground"') > 0);
    assert.ok(valueOf(all, 'dhp_batch_items_count', 'batch="reads"') >= 1);
    assert.ok(valueOf(all, 'dhp_pool_connections', 'server="playground"') >= 1);
    for (const name of ['waiting', 'running', 'oldest_waiting_seconds'])
      assert.match(all, new RegExp(`^dhp_jobs_${name}\\{.*server="playground".*\\} 0$`, 'm'), name);
    assert.match(all, /^dhp_database_longest_statement_seconds\{database="playground"\} [\d.e-]+$/m);
    for (const to of ['NATS', 'Kafka'])
      assert.ok(valueOf(all, 'dhp_stream_failing_seconds', 'server="playground"', `to="${to}"`) > 0, `${to} is away`);
    assert.match(all, /^dhp_replica_up\{.*server="playground".*\} 0$/m);
    assert.doesNotMatch(all, /^dhp_replica_staleness_seconds\{/m);
    for (const name of ['answers', 'passed_on'])
      assert.match(all, new RegExp(`^dhp_replica_${name}\\{.*server="playground".*\\} 0$`, 'm'), name);
    for (const secret of ['measured', 'nobody-is-here', client.client_id, client.client_secret])
      assert.ok(!all.includes(secret), secret);
  });

  it('tell what requests spend of their budgets, and of those that were refused for it', async () => {
    const ask = fhirAt(platform.urls.playground, await getToken(platform.urls.sso, await home.createClient()));
    const name = [{ text: 'x'.repeat(20_000) }];
    hasStatus(await ask('PUT', 'Patient/large', { resourceType: 'Patient', id: 'large', name }), 201);
    const read = { request: { method: 'GET', url: 'Patient/large' } };
    const batch = (length: number): unknown => ({
      resourceType: 'Bundle',
      type: 'batch',
      entry: Array(length).fill(read),
    });
    hasStatus(await ask('POST', '', batch(10)), 200);
    const { entry } = hasStatus(await ask('POST', '', batch(100)), 200).json() as {
      entry: { response: { status: string } }[];
    };
    const refused = entry.filter(({ response }) => response.status.startsWith('422'));
    assert.ok(refused.length > 0 && refused.length < 100, String(refused.length));
    const all = await text();
    assert.equal(
      valueOf(all, 'dhp_request_budget_spent_total', 'budget="bytes"', 'server="playground"'),
      refused.length,
    );
    assert.equal(valueOf(all, 'dhp_refusals_total', 'code="memory-limit-exceeded"'), refused.length);
    const upTo = (share: string): number =>
      valueOf(all, 'dhp_request_budget_ratio_bucket', 'route="batch/transaction"', 'budget="bytes"', `le="${share}"`);
    assert.equal(upTo('0.25') - upTo('0.1'), 1, 'the smaller of the batches held a fifth and a little more');
    assert.equal(upTo('1') - upTo('0.9'), 1, 'the larger one held nearly all');
    for (const budget of ['work', 'bytes', 'rows', 'milliseconds'])
      assert.equal(
        valueOf(all, 'dhp_request_budget_ratio_count', 'route="read"', `budget="${budget}"`),
        valueOf(all, 'dhp_requests_total', 'route="read"'),
        budget,
      );
  });

  it('have an access log beside them, with each request, and no value of a query, a body or a token', async () => {
    const client = await home.createClient();
    const token = await getToken(platform.urls.sso, client);
    const ask = fhirAt(platform.urls.playground, token);
    const body = { resourceType: 'Patient', id: 'logged', name: [{ family: 'Ochilmas' }] };
    hasStatus(await ask('PUT', 'Patient/logged', body), 201);
    hasStatus(await ask('GET', 'Patient?family=Yashirin&_count=7'), 200);
    hasStatus(await ask('GET', 'Patient?nonsense=Qidirilmas'), 400);
    await fetch(`${platform.urls.sso}/login?state=Holatsiz`).then((page) => page.text());
    const linesOf = (): Record<string, unknown>[] =>
      platform
        .said()
        .split('\n')
        .filter((line) => line.startsWith('{') && line.endsWith('}'))
        .map((line) => JSON.parse(line) as Record<string, unknown>)
        .filter(({ msg, client: asked }) => msg === 'request' && asked === client.client_id);
    await until('three lines', () => linesOf().length >= 3);
    assert.deepEqual(
      new Set(linesOf().map(({ route, status, type, id }) => [route, status, type, id].join(' '))),
      new Set(['/:type/:id 201 Patient logged', '/:type 200 Patient ', '/:type 400 Patient ']),
    );
    const secrets = ['Ochilmas', 'Yashirin', 'Qidirilmas', 'Holatsiz', '_count', token, client.client_secret];
    for (const secret of secrets) assert.ok(!platform.said().includes(secret), secret);
  });

  it('are each in the document, and nothing else is', async () => {
    const served = [...(await text()).matchAll(/^# HELP (dhp_\w+) (.*)$/gm)].map(
      ([, name, help]) => `${name!}: ${help!}`,
    );
    const rows = readFileSync(join(root, 'docs/operations/metrics.md'), 'utf8').matchAll(
      /^\| `(dhp_\w+)` +\|[^|]*\| (.*?) *\|$/gm,
    );
    assert.deepEqual(
      [...rows].map(([, name, help]) => `${name!}: ${help!.replaceAll('\\_', '_')}`).sort(),
      served.sort(),
    );
  });

  it('tell of a process that died, and of one that hangs, and answer all the same', async () => {
    const pid = (server: string): number =>
      Number(
        execFileSync('pgrep', ['-P', String(platform.pid), '-f', `main.ts ${server}$`], { encoding: 'utf8' }).trim(),
      );
    process.kill(pid('portal'), 'SIGKILL');
    const end = performance.now() + 60_000;
    while (performance.now() < end && valueOf(await text(), 'dhp_process_starts', 'server="portal"') !== 2)
      await delay(200);
    while (performance.now() < end && valueOf(await text(), 'dhp_process_up', 'server="portal"') !== 1)
      await delay(200);
    const all = await text();
    assert.equal(valueOf(all, 'dhp_process_starts', 'server="portal"'), 2);
    assert.equal(valueOf(all, 'dhp_process_up', 'server="portal"'), 1);
    const hanging = pid('sso');
    process.kill(hanging, 'SIGSTOP');
    const without = await text().finally(() => process.kill(hanging, 'SIGCONT'));
    assert.equal(valueOf(without, 'dhp_requests_total', 'server="sso"'), 0, 'it did not answer in time');
    assert.ok(valueOf(without, 'dhp_requests_total', 'server="playground"') > 0);
  });

  it('stand at /metrics alone, for GET', async () => {
    const at = `http://127.0.0.1:${String(port)}`;
    assert.equal((await fetch(`${at}/`)).status, 404);
    const posted = await fetch(`${at}/metrics`, { method: 'POST', body: 'x' });
    assert.equal(posted.status, 405);
    assert.equal(posted.headers.get('allow'), 'GET, HEAD');
  });

  it(
    'are read by Prometheus, which can evaluate every alert and panel',
    { skip: withoutPrometheus, timeout: 120_000 },
    async () => {
      const folder = await mkdtemp(join(process.env['DHP_TEST_FOLDER'] ?? tmpdir(), 'dhp-prometheus-'));
      const own = await freePort();
      const given = await readFile(join(root, 'deploy/prometheus/prometheus.yml'), 'utf8');
      const configuration = given
        .replace('scrape_interval: 15s', 'scrape_interval: 1s')
        .replace('dhp.rules.yml', rulesFile)
        .replace('127.0.0.1:9464', `127.0.0.1:${String(port)}`);
      assert.notEqual(configuration, given);
      writeFileSync(join(folder, 'prometheus.yml'), configuration);
      const child = spawn(prometheus!, [
        ...[`--config.file=${join(folder, 'prometheus.yml')}`, `--storage.tsdb.path=${join(folder, 'data')}`],
        `--web.listen-address=127.0.0.1:${String(own)}`,
      ]);
      try {
        await checkExpressions(`http://127.0.0.1:${String(own)}`);
      } finally {
        await ended(child);
        await rm(folder, { recursive: true, force: true });
      }
    },
  );

  it('are written as Prometheus wants them', { skip: withoutPrometheus }, async () => {
    const all = await text();
    // Metrics of prom-client are named by it.
    const own = all.split('\n\n').filter((metric) => metric.startsWith('# HELP dhp_'));
    execFileSync(promtool!, ['check', 'metrics'], { input: `${own.join('\n\n')}\n`, stdio: ['pipe', 'pipe', 'pipe'] });
  });
});

async function ended(child: ChildProcess): Promise<void> {
  const end = child.exitCode === null ? once(child, 'exit') : undefined;
  child.kill('SIGKILL');
  await end;
}

async function checkExpressions(at: string): Promise<void> {
  const query = async (
    expression: string,
  ): Promise<{ status: string; error?: string; data?: { result: unknown[] } }> => {
    const answer = await fetch(`${at}/api/v1/query?query=${encodeURIComponent(expression)}`);
    return (await answer.json()) as { status: string };
  };
  const until = performance.now() + 60_000;
  for (;;) {
    const known = await query('count(dhp_build_info)').catch(() => undefined);
    if ((known?.data?.result.length ?? 0) > 0) break;
    assert.ok(performance.now() < until, 'Prometheus has read nothing');
    await delay(250);
  }
  for (const expression of [...alerts().map((one) => one.expression), ...panels()]) {
    const { status, error } = await query(expression);
    assert.equal(status, 'success', `${expression}: ${error ?? ''}`);
  }
}

test('each metric of an alert or a panel is one that the platform has', () => {
  const document = readFileSync(join(root, 'docs/operations/metrics.md'), 'utf8');
  const expressions = [...alerts().map((one) => one.expression), ...panels()];
  assert.ok(expressions.length > 30);
  for (const expression of expressions)
    for (const [name] of expression.matchAll(/\bdhp_\w+/g))
      assert.ok(document.includes(`\`${name.replace(/_(bucket|sum|count)$/, '')}\``), `${name} in ${expression}`);
});

/** Series, a value a minute, by which each alert fires, and of which it must not. */
const firing: Readonly<Record<string, readonly [fires: string, quiet: string]>> = {
  DhpNotScraped: ['', 'dhp_build_info{version="1"} 1x60'],
  DhpProcessDown: ['dhp_process_up{server="sso"} 0x60', 'dhp_process_up{server="sso"} 1x60'],
  DhpProcessRestarts: ['dhp_process_starts{server="sso"} 1x50 2x10', 'dhp_process_starts{server="sso"} 2x60'],
  DhpServerErrors: [
    'dhp_requests_total{server="sso",status="500"} 0+2x60\ndhp_requests_total{server="sso",status="200"} 0+100x60',
    'dhp_requests_total{server="sso",status="500"} 0+1x60\ndhp_requests_total{server="sso",status="200"} 0+200x60',
  ],
  DhpSlow: [
    'dhp_request_duration_seconds_bucket{server="sso",route="r",status="2xx",le="2.5"} 0+90x60\ndhp_request_duration_seconds_bucket{server="sso",route="r",status="2xx",le="5"} 0+100x60\ndhp_request_duration_seconds_bucket{server="sso",route="r",status="2xx",le="+Inf"} 0+100x60',
    'dhp_request_duration_seconds_bucket{server="sso",route="r",status="2xx",le="2.5"} 0+100x60\ndhp_request_duration_seconds_bucket{server="sso",route="r",status="2xx",le="+Inf"} 0+100x60',
  ],
  DhpEventLoopBlocked: [
    'nodejs_eventloop_lag_p99_seconds{server="sso"} 1x60',
    'nodejs_eventloop_lag_p99_seconds 0.02x60',
  ],
  DhpPoolExhausted: ['dhp_pool_wait_seconds{pool="p"} 2x60', 'dhp_pool_wait_seconds{pool="p"} 0x60'],
  DhpDatabaseDown: ['dhp_database_up{database="sso"} 0x60', 'dhp_database_up{database="sso"} 1x60'],
  DhpOldTransaction: [
    'dhp_database_oldest_transaction_seconds{database="sso"} 601+60x60',
    'dhp_database_oldest_transaction_seconds{database="sso"} 5x60',
  ],
  DhpLockWait: [
    'dhp_database_longest_wait_seconds{database="sso"} 31x60',
    'dhp_database_longest_wait_seconds{database="sso"} 1x60',
  ],
  DhpConnectionsNearLimit: [
    'dhp_database_connections{database="sso"} 95x60\ndhp_database_connections_limit{database="sso"} 100x60',
    'dhp_database_connections{database="sso"} 50x60\ndhp_database_connections_limit{database="sso"} 100x60',
  ],
  DhpIndexIncomplete: ['dhp_index_complete{server="playground"} 0x60', 'dhp_index_complete{server="playground"} 1x60'],
  DhpIndexGaps: [
    'dhp_index_gap_resources{server="playground"} 3x60',
    'dhp_index_gap_resources{server="playground"} 0x60',
  ],
  DhpNotificationsLate: [
    'dhp_subscription_oldest_undelivered_seconds{server="production"} 3601+60x60',
    'dhp_subscription_oldest_undelivered_seconds{server="production"} 3500x60',
  ],
  DhpSubscriptionsInError: [
    'dhp_subscriptions_in_error{server="production"} 1x120',
    'dhp_subscriptions_in_error{server="production"} 1x50 0x70',
  ],
  DhpNoEvents: [
    'dhp_subscription_reader_up{server="production"} 0x60\ndhp_subscriptions{server="production"} 2x60',
    'dhp_subscription_reader_up{server="production"} 0x60\ndhp_subscriptions{server="production"} 0x60',
  ],
  DhpStandbyBehind: [
    'dhp_database_replication_lag_bytes{database="sso"} 300000000x60',
    'dhp_database_replication_lag_bytes{database="sso"} 1000x60',
  ],
  DhpStandbyGone: ['dhp_database_standbys{database="sso"} 1x30 0x30', 'dhp_database_standbys{database="sso"} 0x60'],
  DhpTransactionNumbers: [
    'dhp_database_wraparound_ratio{database="sso"} 3x120',
    'dhp_database_wraparound_ratio{database="sso"} 0.5x120',
  ],
  DhpBackupOld: ['dhp_backup_age_seconds 93601+60x60', 'dhp_backup_age_seconds 3600x60'],
  DhpArchiveFails: [
    'dhp_database_archive_failing{database="sso"} 1x60',
    'dhp_database_archive_failing{database="sso"} 0x60',
  ],
  DhpTrailUncovered: [
    'dhp_trail_uncovered_seconds{server="production"} 3601+60x60',
    'dhp_trail_uncovered_seconds{server="production"} 60x60',
  ],
  DhpNoRoomForRequests: [
    'dhp_requests_held_bytes{server="playground"} 95x60\ndhp_requests_held_bytes_limit{server="playground"} 100x60',
    'dhp_requests_held_bytes{server="playground"} 50x60\ndhp_requests_held_bytes_limit{server="playground"} 100x60',
  ],
  DhpBudgetsSpent: [
    'dhp_request_budget_spent_total{server="playground",route="search-type",budget="rows"} 0+2x60\ndhp_requests_total{server="playground",route="search-type",status="422"} 0+2x60\ndhp_requests_total{server="playground",route="read",status="200"} 0+100x60',
    'dhp_request_budget_spent_total{server="playground",route="search-type",budget="rows"} 0+1x60\ndhp_requests_total{server="playground",route="read",status="200"} 0+200x60',
  ],
  DhpSignInsRefused: [
    'dhp_sso_events_total{event="sign-in.refused"} 0+120x60',
    'dhp_sso_events_total{event="sign-in.refused"} 0+120x60\ndhp_sso_events_total{event="sign-in.succeeded"} 0+120x60',
  ],
  DhpTokensRefused: [
    'dhp_sso_events_total{event="token.refused"} 0+120x60\ndhp_sso_events_total{event="token.issued"} 0+60x60',
    'dhp_sso_events_total{event="token.refused"} 0+120x60\ndhp_sso_events_total{event="token.issued"} 0+600x60',
  ],
  DhpMessagesNotSent: [
    'dhp_sso_events_total{event="message.not-sent"} 0+1x60',
    'dhp_sso_events_total{event="message.not-sent"} 0+1x60\ndhp_sso_events_total{event="message.sent"} 0+5x60',
  ],
  DhpJobsWait: [
    'dhp_jobs_oldest_waiting_seconds{server="production"} 3601+60x60',
    'dhp_jobs_oldest_waiting_seconds{server="production"} 3000x60',
  ],
  DhpStreamBehind: [
    'dhp_stream_lag_seconds{server="production",to="Kafka"} 901+60x60',
    'dhp_stream_lag_seconds{server="production",to="Kafka"} 600x60',
  ],
};

test('each alert fires by what it is about, and is quiet else', { skip: withoutPrometheus }, async () => {
  assert.deepEqual(
    Object.keys(firing).sort(),
    alerts()
      .map(({ name }) => name)
      .sort(),
    'an alert and its series',
  );
  const folder = await mkdtemp(join(process.env['DHP_TEST_FOLDER'] ?? tmpdir(), 'dhp-alerts-'));
  const series = (all: string): string[] =>
    all.split('\n').map((line) => {
      const at = line.lastIndexOf('} ') + 1 || line.indexOf(' ');
      const notation = line.slice(at + 1).replaceAll(/(^| )([\d.]+)x(\d+)/g, '$1$2+0x$3');
      return `      - series: '${line.slice(0, at)}'\n        values: '${notation}'`;
    });
  const cases = Object.entries(firing).flatMap(([name, both]) =>
    both.map((all, quiet) => ({ name, all: all === '' ? [] : series(all), quiet: quiet === 1 })),
  );
  const text = cases.map(({ name, all, quiet }) =>
    [
      '  - interval: 1m',
      `    name: ${name}, ${quiet ? 'quiet' : 'fires'}`,
      ...(all.length === 0 ? [] : ['    input_series:', ...all]),
      '    promql_expr_test:',
      `      - expr: 'count(ALERTS{alertname="${name}",alertstate="firing"}) > 0 or vector(0)'`,
      // One alert needs an hour; the series of the others end before.
      `        eval_time: ${name === 'DhpSubscriptionsInError' ? '90m' : '58m'}`,
      '        exp_samples:',
      `          - value: ${quiet ? '0' : '1'}`,
    ].join('\n'),
  );
  const file = join(folder, 'alerts.test.yml');
  writeFileSync(file, `rule_files:\n  - ${rulesFile}\nevaluation_interval: 1m\ntests:\n${text.join('\n')}\n`);
  try {
    execFileSync(promtool!, ['test', 'rules', file], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    assert.fail(`${stdout}${stderr}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
