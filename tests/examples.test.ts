/** The published R5 examples come back as they went in, and the committed report says so. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { contentTokens, firstDifference } from './examples/content-tokens.ts';
import { report, reportFile } from './examples/report.ts';
import { exampleFiles, roundTrip } from './examples/round-trip.ts';
import { getToken, openHome } from './platform.ts';

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

test('every published example is stored and comes back as it was, but for those that break R5', async (t) => {
  const place = await openHome();
  t.after(() => place.close());
  const { urls, demo } = await place.start();
  const files = await exampleFiles();
  assert.ok(files.length > 2800, `${files.length} files`);
  const results = await roundTrip(urls.playground, await getToken(urls.sso, demo!), files);
  const failures = results.filter(({ outcome }) => outcome === 'failed');
  assert.deepEqual(failures, []);
  // Whoever changes what passes runs `npm run examples`, so that the report stays true.
  assert.equal(await readFile(reportFile, 'utf8'), report(results));
});
