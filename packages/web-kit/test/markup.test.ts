import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { markup, trustedHtml } from '../src/index.ts';

describe('HTML from a template', () => {
  it('escapes what is put in, in text and in attributes, at any depth of lists', () => {
    const evil = `<script>"'&`;
    const escaped = '&#60;script&#62;&#34;&#39;&#38;';
    assert.equal(
      String(markup`<p title="${evil}">${[[evil], evil]}</p>`),
      `<p title="${escaped}">${escaped}${escaped}</p>`,
    );
  });

  it('leaves HTML as it is, joins lists, and writes nothing for false and undefined', () => {
    const items = ['a', 'b'].map((one) => markup`<li>${one}</li>`);
    assert.equal(String(markup`<ul>${items}${false}${undefined}${0}</ul>`), '<ul><li>a</li><li>b</li>0</ul>');
    assert.equal(String(markup`${trustedHtml('<br>')}`), '<br>');
  });

  it('takes nothing for HTML that only looks so', () => {
    const forged = { text: '<b>', toString: () => '<b>' } as unknown as string;
    assert.throws(() => markup`${forged}`, TypeError);
  });

  it('does not send the indentation of the template, and keeps that of what is put in', () => {
    const code = markup`<pre>${'a\n    b'}</pre>`;
    assert.equal(
      String(markup`<div>
        ${code}

        <i>c</i>
      </div>`),
      '<div>\n<pre>a\n    b</pre>\n<i>c</i>\n</div>',
    );
  });
});
