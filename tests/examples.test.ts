/**
 * The published R5 examples are returned as they were sent, and the committed report agrees. `npm run examples` tries all; this test tries
 * some of each type, and all those in the report.
 */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { contentTokens, firstDifference } from './examples/content-tokens.ts';
import { reportFile } from './examples/report.ts';
import { exampleFiles, roundTrip } from './examples/round-trip.ts';
import { getToken, openHome } from './platform.ts';
import { isFull } from './sample.ts';

test('the comparison sees what JSON.parse would hide, and forgives what a server sets', () => {
  const sent = '{"resourceType":"Basic","id":"x","meta":{"versionId":"9","tag":[{"code":"a"}]},"n":[1.00,-2e3]}';
  const same =
    '{ "resourceType" : "Basic", "id": "x",\n "meta": {"lastUpdated":"2026-01-01T00:00:00Z", "tag":[{"code":"a"}]}, "n":[1.00, -2e3] }';
  assert.equal(firstDifference(sent, same), undefined);
  const plain = '{"resourceType":"Basic","id":"x","n":1}';
  const stamped = '{"resourceType":"Basic","id":"x","meta":{"versionId":"1","lastUpdated":"now"},"n":1}';
  assert.equal(firstDifference(plain, stamped), undefined);

  const others: [string, string, RegExp][] = [
    ['1.00', '1.0', /after \[: sent 1\.00, received 1\.0/],
    ['{"code":"a"}', '{"code":"b"}', /sent "a", received "b"/],
    ['"tag"', '"security"', /sent "tag"/],
    ['-2e3]', '-2e3,0]', /sent \], received 0/],
    ['"x"', String.raw`"\u0078"`, /sent "x"/],
  ];
  for (const [from, to, difference] of others) {
    assert.ok(sent.includes(from));
    assert.match(firstDifference(sent, sent.replace(from, to)) ?? 'no difference', difference);
  }
  const inner = (version: string): string =>
    `{"resourceType":"Bundle","entry":[{"resource":{"meta":{"versionId":"${version}"}}}]}`;
  assert.match(firstDifference(inner('1'), inner('2')) ?? 'no difference', /"1"/, 'a meta inside is content');
  assert.throws(() => [...contentTokens('{"a":1} "')], SyntaxError);
});

/** At most this many of a type, from its first file to its last. */
const ofEachType = isFull ? 6 : 2;

/** Bundles of definitions, 58 of the 60 MB of all that the report names: with `--full`, and by `npm run examples`. */
const huge = new Set(['resources', 'profiles-others', 'valuesets', 'types'].map((name) => `Bundle-${name}.json`));

const typeOf = (file: string): string => file.slice(0, file.indexOf('-'));

function someOf(files: readonly string[]): string[] {
  const count = Math.min(ofEachType, files.length);
  return Array.from({ length: count }, (_, n) => files[Math.round((n * (files.length - 1)) / Math.max(1, count - 1))]!);
}

test('the report counts every published example, none of them as failed', async () => {
  const files = await exampleFiles();
  const text = await readFile(reportFile, 'utf8');
  assert.match(text, new RegExp(`^${files.length} files: .*, 0 failed, `, 'm'));
  const counted = [...text.matchAll(/^\| ([A-Z]\w+) +\| +(\d+) \| +(\d+) \| +0 \| +(\d+) \|$/gm)].map(
    ([, type, ...counts]) => [type, counts.reduce((sum, one) => sum + Number(one), 0)],
  );
  assert.deepEqual(
    counted,
    [...Map.groupBy(files, typeOf)].map(([type, those]) => [type, those.length]),
  );
});

test('examples of every type are stored and come back as they were, but for those that break R5', async (t) => {
  const place = await openHome({ begins: 'migrated', programs: 'kept', serves: 'sso,fhir' });
  t.after(() => place.close());
  const { urls, demo } = await place.start();
  const files = await exampleFiles();
  const text = await readFile(reportFile, 'utf8');
  const named = files.filter((file) => text.includes(`\`${file}\``) && (isFull || !huge.has(file)));
  const chosen = new Set([...named, ...[...Map.groupBy(files, typeOf).values()].flatMap(someOf)]);
  assert.ok(
    named.length > 20 && chosen.size > (isFull ? 500 : 250),
    `${named.length} of ${chosen.size} files are named`,
  );
  const results = await roundTrip(urls.playground, await getToken(urls.sso, demo!), [...chosen]);
  assert.deepEqual(
    results.filter(({ outcome }) => outcome === 'failed'),
    [],
  );
  // After a change in the results run `npm run examples`, so that the report stays correct.
  for (const { file, outcome, reason } of results) {
    const line = text.split('\n').find((one) => one.includes(`\`${file}\``));
    if (line !== undefined) assert.ok(outcome !== 'passed' && line.includes(reason), `${file}: ${outcome} ${reason}`);
    // Of many files with one reason the report has the reason alone.
    else if (outcome === 'refused') assert.ok(text.includes(`: ${reason}\n`), `${file}: ${reason}`);
    else assert.equal(outcome, 'passed', file);
  }
});
