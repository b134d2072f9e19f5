import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { addTaken, createQuota, networkOf, type Taken } from '@dhp/rate-limit';

const quota = (requests = 10, callers = 1000): ReturnType<typeof createQuota> =>
  createQuota({ name: 'client', requests, seconds: 60, callers });

function times(count: number, take: () => Taken): Taken[] {
  return Array.from({ length: count }, take);
}

describe('a quota', () => {
  it('grants as many requests at once as it says, and refuses the next', () => {
    const limit = quota();
    const taken = times(11, () => limit.take('a', 0));
    assert.deepEqual(
      taken.map(({ isGranted }) => isGranted),
      [...Array<boolean>(10).fill(true), false],
    );
    assert.equal(taken[9]!.remaining, 0);
    assert.equal(taken[10]!.retryAfter, 6);
    assert.equal(taken[10]!.reset, 60);
  });

  it('gives back evenly what was used, and never more than it says', () => {
    const limit = quota();
    times(10, () => limit.take('a', 0));
    assert.equal(limit.take('a', 5_900).isGranted, false);
    assert.equal(limit.take('a', 6_000).isGranted, true);
    assert.equal(limit.take('a', 6_001).isGranted, false);
    assert.equal(limit.take('a', 10_000_000).remaining, 9);
  });

  it('after the seconds that Retry-After names, the next request is granted', () => {
    for (const requests of [1, 7, 1000]) {
      const limit = quota(requests);
      times(requests, () => limit.take('a', 0));
      const refused = limit.take('a', 0);
      assert.equal(limit.take('a', refused.retryAfter * 1000).isGranted, true, String(requests));
    }
  });

  it('counts each caller alone', () => {
    const limit = quota();
    times(20, () => limit.take('a', 0));
    assert.equal(limit.take('b', 0).remaining, 9);
  });

  it('marks the first refusal of a burst, and another one after the seconds of the quota', () => {
    const limit = quota(1);
    limit.take('a', 0);
    assert.deepEqual(
      times(3, () => limit.take('a', 1)).map(({ isFirstRefusal }) => isFirstRefusal),
      [true, false, false],
    );
    limit.take('a', 60_000);
    assert.equal(limit.take('a', 60_001).isFirstRefusal, true);
  });

  it('remembers a caller who goes on, however many others come and go', () => {
    const limit = quota(10, 100);
    for (let n = 0; n < 500; n += 1) {
      limit.take(`other ${String(n)}`, n);
      if (n % 20 === 0) limit.take('busy', n);
    }
    assert.equal(limit.take('busy', 500).isGranted, false);
  });

  it('forgets a caller only when that changes nothing', () => {
    const limit = quota();
    times(10, () => limit.take('a', 0));
    for (let at = 0; at < 59_000; at += 1_000) limit.take('b', at);
    assert.equal(limit.take('a', 59_000).remaining, 8);
  });

  it('refuses to be a quota of nothing', () => {
    assert.throws(() => quota(0), /at least one request/);
  });
});

describe('the header fields', () => {
  it('are lists with an item for each quota', () => {
    const fields = new Map<string, string>();
    const response = { getHeader: (name: string) => fields.get(name), setHeader: fields.set.bind(fields) };
    addTaken(response, quota().take('a', 0));
    const one = createQuota({ name: 'address', requests: 1, seconds: 60 });
    one.take('a', 0);
    addTaken(response, one.take('a', 0));
    assert.equal(fields.get('RateLimit-Policy'), '"client";q=10;w=60, "address";q=1;w=60');
    assert.equal(fields.get('RateLimit'), '"client";r=9;t=6, "address";r=0;t=60');
    assert.equal(fields.get('Retry-After'), '60');
  });
});

describe('the network of an address', () => {
  for (const [address, network] of [
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:0:1:2:3:4:5', '2001:db8:0:1::/64'],
    ['2001:db8::5', '2001:db8:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ] as const) {
    it(`of ${address} is ${network}`, () => {
      assert.equal(networkOf(address), network);
    });
  }
});
