/** Pages are sent compressed; the decompressed page equals the original. */
import assert from 'node:assert/strict';
import { get, type IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { Browser } from './browser.ts';
import { testBed } from './support.ts';

describe('a page of the server', async () => {
  const bed = await testBed();
  const { url } = await bed.start();

  it('is the same compressed, and sent so to who can read it', async () => {
    const plain = await new Browser(url, 'uz').get('/');
    for (const [accepted, isSmall] of [
      ['gzip, br', true],
      ['gzip;q=0', false],
      ['identity', false],
    ] as const) {
      const answer = await new Promise<IncomingMessage>((resolve, reject) => {
        get(url, { headers: { 'accept-encoding': accepted, 'accept-language': 'uz' } }, resolve).on('error', reject);
      });
      const body = await buffer(answer);
      assert.equal(answer.headers['content-encoding'], isSmall ? 'gzip' : undefined, accepted);
      assert.equal(answer.headers['content-length'], String(body.length));
      assert.equal((isSmall ? gunzipSync(body) : body).toString(), plain.text);
      // Compressed in parts, a page is hardly larger than compressed as a whole.
      if (isSmall) assert.ok(body.length < gzipSync(plain.text).length * 1.15, String(body.length));
    }
  });
});
