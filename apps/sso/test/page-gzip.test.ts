/** Pages are compressed by parts: what a browser unpacks is the page as it was made, whatever parts it has. */
import assert from 'node:assert/strict';
import { get, type IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { gzipPage } from '../src/http/page-gzip.ts';
import { operatorStyle } from '../src/pages/operator/operator-style.ts';
import { passkeyScript } from '../src/pages/passkey-script.ts';
import { style } from '../src/pages/style.ts';
import { Browser } from './browser.ts';
import { testBed } from './support.ts';

const words = 'Shifoxonada qabul vaqti – «ертага» 😀 '.repeat(40);
const shapes: Record<string, string> = {
  'nothing at all': '',
  'a word': 'x',
  'the style alone': style,
  'a style and more': `<style>${style}</style>${words}`,
  'two sheets and a script': `<style>${style}</style><style>${operatorStyle}</style>${words}<script>${passkeyScript}</script>`,
  'parts in another order, and twice': `${passkeyScript}${words}${style}${style}${operatorStyle}`,
  'none of the parts': words,
  'some 60 kB': words.repeat(40),
};

describe('a page compressed by parts', () => {
  for (const [what, page] of Object.entries(shapes)) {
    it(`is itself again: ${what}`, () => {
      assert.equal(gunzipSync(gzipPage(page)).toString(), page);
    });
  }

  it('is hardly larger than compressed as a whole', () => {
    const page = `<style>${style}</style>${words}<script>${passkeyScript}</script>`;
    const [small, whole] = [gzipPage(page).length, gzipSync(page).length];
    assert.ok(small < whole * 1.15, `${String(small)} of ${String(whole)}`);
  });
});

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
    }
  });
});
