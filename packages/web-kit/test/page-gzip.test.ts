/** Pages are compressed by parts: after decompression a browser gets the page as it was made, whatever parts it has. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { pageGzip } from '../src/page-gzip.ts';

const style = Array.from(
  { length: 90 },
  (_, n) => `.c${n} { margin: ${n * 7}px; color: #${(n * 9931).toString(16)} }`,
).join('\n');
const more = Array.from({ length: 60 }, (_, n) => `#i${n} > p { padding: ${n * 3}em }`).join('\n');
const script = Array.from({ length: 30 }, (_, n) => `const v${n} = document.getElementById('${n * 31}');`).join('\n');
const gzipPage = pageGzip([style, more, script]);

const words = 'Shifoxonada qabul vaqti – «ертага» 😀 '.repeat(40);
const shapes: Record<string, string> = {
  'nothing at all': '',
  'a word': 'x',
  'the style alone': style,
  'a style and more': `<style>${style}</style>${words}`,
  'two sheets and a script': `<style>${style}</style><style>${more}</style>${words}<script>${script}</script>`,
  'parts in another order, and twice': `${script}${words}${style}${style}${more}`,
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
    const page = `<style>${style}</style>${words}<script>${script}</script>`;
    const [small, whole] = [gzipPage(page).length, gzipSync(page).length];
    assert.ok(small < whole * 1.15, `${String(small)} of ${String(whole)}`);
  });
});
