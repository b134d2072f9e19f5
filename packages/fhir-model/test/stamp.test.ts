import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { scanJson } from '../src/index.ts';
import { rangeOfStamp, sameButForStamp, stampedParts, stampResource } from '../src/stamp.ts';

const stamp = { id: 'a-1', versionId: '7', lastUpdated: '2026-11-25T05:40:12.345+05:00' };
const stampedMeta = '"meta":{"versionId":"7","lastUpdated":"2026-11-25T05:40:12.345+05:00"}';

function stamped(text: string): string {
  const whole = stampResource(scanJson(text), stamp);
  assert.equal(stampedParts(scanJson(text), stamp).join(''), whole);
  return whole;
}

describe('stampResource', () => {
  it('inserts id and meta after resourceType', () => {
    assert.equal(stamped('{"resourceType":"Basic"}'), `{"resourceType":"Basic","id":"a-1",${stampedMeta}}`);
    assert.equal(
      stamped('{"a":1.00,"resourceType":"Basic"}'),
      `{"a":1.00,"resourceType":"Basic","id":"a-1",${stampedMeta}}`,
    );
    assert.equal(
      stamped('{"resourceType":"Basic","b":1e1}'),
      `{"resourceType":"Basic","id":"a-1",${stampedMeta},"b":1e1}`,
    );
  });

  it('replaces in place what is there, whatever it is', () => {
    assert.equal(
      stamped('{"id":"old","meta":{"lastUpdated":"x","profile":["p"],"versionId":"9"},"resourceType":"Basic"}'),
      '{"id":"a-1","meta":{"lastUpdated":"2026-11-25T05:40:12.345+05:00","profile":["p"],"versionId":"7"},"resourceType":"Basic"}',
    );
    assert.equal(stamped('{"resourceType":"Basic","id":null}'), `{"resourceType":"Basic","id":"a-1",${stampedMeta}}`);
    assert.equal(
      stamped('{"resourceType":"Basic","id":{"x":[1]},"z":0}'),
      `{"resourceType":"Basic","id":"a-1",${stampedMeta},"z":0}`,
    );
  });

  it('inserts what meta lacks at its start', () => {
    assert.equal(
      stamped('{"resourceType":"Basic","id":"a-1","meta":{ "tag": [] }}'),
      '{"resourceType":"Basic","id":"a-1","meta":{ "versionId": "7", "lastUpdated": "2026-11-25T05:40:12.345+05:00", "tag": [] }}',
    );
    assert.equal(
      stamped('{"resourceType":"Basic","id":"a-1","meta":{"versionId":"1"}}'),
      '{"resourceType":"Basic","id":"a-1","meta":{"lastUpdated":"2026-11-25T05:40:12.345+05:00","versionId":"7"}}',
    );
  });

  it('fills an empty meta', () => {
    for (const empty of ['{}', '{ }', '{\n}']) {
      assert.equal(
        stamped(`{"resourceType":"Basic","id":"a","meta":${empty}}`),
        `{"resourceType":"Basic","id":"a-1",${stampedMeta}}`,
      );
    }
  });

  it('leaves the companions of id and meta members alone', () => {
    const text = '{"resourceType":"Basic","_id":{"extension":[]},"meta":{"_versionId":{"id":"v"},"source":"s"}}';
    assert.equal(
      stamped(text),
      '{"resourceType":"Basic","id":"a-1","_id":{"extension":[]},"meta":{"versionId":"7",' +
        '"lastUpdated":"2026-11-25T05:40:12.345+05:00","_versionId":{"id":"v"},"source":"s"}}',
    );
  });

  it("keeps the writer's layout", () => {
    assert.equal(
      stamped('{\n    "resourceType": "Basic",\n    "code": {}\n}\n'),
      [
        '{',
        '    "resourceType": "Basic",',
        '    "id": "a-1",',
        '    "meta": {',
        '        "versionId": "7",',
        '        "lastUpdated": "2026-11-25T05:40:12.345+05:00"',
        '    },',
        '    "code": {}',
        '}',
        '',
      ].join('\n'),
    );
    assert.equal(
      stamped('{ "resourceType" : "Basic" }'),
      '{ "resourceType" : "Basic", "id" : "a-1", "meta" : {"versionId" : "7","lastUpdated" : "2026-11-25T05:40:12.345+05:00"} }',
    );
    assert.ok(
      stamped('{\r\n\t"resourceType": "Basic"\r\n}').includes(',\r\n\t"id": "a-1",\r\n\t"meta": {\r\n\t\t"versionId"'),
    );
  });

  it('touches only the resource itself, not what it contains', () => {
    const contained = '"contained":[{"resourceType":"Basic","id":"c","meta":{"versionId":"1"}}]';
    assert.equal(
      stamped(`{${contained},"resourceType":"Basic"}`),
      `{${contained},"resourceType":"Basic","id":"a-1",${stampedMeta}}`,
    );
  });

  it('refuses what is no resource', () => {
    for (const text of ['[]', '{}', '5', '{"resourceType":"Basic","meta":[]}', '{"resourceType":"Basic","meta":"x"}']) {
      assert.throws(() => stamped(text), TypeError, text);
    }
  });
});

describe('sameButForStamp', () => {
  const base = '{"resourceType":"Basic","code":{"text":"a b"},"n":1.0}';
  const same = (a: string, b: string) => sameButForStamp(scanJson(a), scanJson(b));

  it('does not see stamps and white space', () => {
    assert.ok(same(base, stamped(base)));
    assert.ok(same(base, '{ "resourceType" :"Basic",\n"code": {"text" : "a b"}, "n": 1.0 }\n'));
    assert.ok(
      same(stamped('{"resourceType":"Basic","meta":{"tag":[]}}'), '{"resourceType":"Basic","meta":{ "tag": [ ] }}'),
    );
  });

  it('sees everything else', () => {
    for (const other of [
      base.replace('1.0', '1.00'),
      base.replace('a b', 'ab'),
      base.replace('"n":1.0', '"n":1.0,"meta":{"source":"x"}'),
      base.replace('"n":1.0', '"n":1.0,"_id":{"extension":[{"url":"u"}]}'),
      '{"code":{"text":"a b"},"resourceType":"Basic","n":1.0}',
    ]) {
      assert.ok(!same(base, other), other);
    }
  });
});

describe('rangeOfStamp', () => {
  it('holds all that the stamps of two versions differ in, whatever the layout', () => {
    const meta = '"meta":{"lastUpdated":"x","tag":[],"versionId":"1"}';
    for (const text of [
      '{"resourceType":"Basic","code":{}}',
      '{"code":{},"resourceType":"Basic"}',
      '{"resourceType":"Basic","meta":{},"code":{}}',
      '{"resourceType":"Basic","meta":{"tag":[]},"code":{}}',
      `{"id":"z",${meta},"resourceType":"Basic","code":{}}`,
      `{"code":{},"resourceType":"Basic",${meta},"id":"long-id-of-its-own"}`,
      '{\n  "resourceType": "Basic",\n  "code": {}\n}',
    ]) {
      const source = scanJson(text);
      const [ninth, tenth] = [
        { id: 'a', versionId: '9', lastUpdated: '2026-11-25T05:40:12.345+05:00' },
        { id: 'a', versionId: '10', lastUpdated: '2026-12-31T23:59:59.999+05:00' },
      ].map((stamp) => {
        const [made, { start, end }] = [stampResource(source, stamp), rangeOfStamp(source, stamp)];
        return { before: made.slice(0, start), within: made.slice(start, end), behind: made.slice(end) };
      });
      assert.deepEqual([ninth!.before, ninth!.behind], [tenth!.before, tenth!.behind], text);
      assert.ok(ninth!.within.includes('"9"') && tenth!.within.includes('"10"'), text);
      assert.ok(tenth!.within.includes('23:59:59.999'), text);
    }
  });
});
