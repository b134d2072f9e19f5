import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Validator } from '../src/index.ts';
import { readNarrative } from '../src/narrative/narrative.ts';

const div = (content: string) => `<div xmlns="http://www.w3.org/1999/xhtml">${content}</div>`;

const faults = (text: string): string[] =>
  readNarrative(text).faults.map(({ id, values }) => [id.slice(10), ...Object.values(values).slice(0, 1)].join(' '));

describe('narratives', () => {
  it('may use the formatting of HTML', () => {
    const content = [
      '<p>a <b>b</b> &amp; &#160;<br/></p><!-- <x> -->',
      '<table class="grid" border="1"><tr><td colspan="2" style="color: red">1</td></tr></table>',
      '<a href=\'#x\' name="y">z</a><img src="#pic" alt="a > b"/><ul><li>1</li></ul>',
      '<![CDATA[ <x> ]]>',
    ];
    for (const one of content) assert.deepEqual(faults(div(one)), [], one);
    assert.deepEqual(faults(`\n ${div('x')}\n`), []);
  });

  it('are well formed', () => {
    const wrong: readonly (readonly [string, string])[] = [
      [div('<p>x'), 'syntax </div> stands where </p> is due'],
      [div('<p>x</b></p>'), 'syntax </b> stands where </p> is due'],
      [`${div('x')}<p/>`, 'syntax text after the end of the div'],
      [div('a & b'), 'syntax & must be written as &amp;'],
      [div('a &bogus; b'), 'syntax &bogus; is no character of HTML'],
      [div('a &nbsp; b'), 'entity nbsp'],
      [div('1 < 2'), 'syntax < must be written as &lt;'],
      [div('<p class="a" class="b">x</p>'), 'syntax attribute class stands twice on <p>'],
      [div('<td colspan="1" headers="a" colspan="2">x</td>'), 'syntax attribute colspan stands twice on <td>'],
      [div('<p class="a<b">x</p>'), 'syntax a tag does not end with >'],
      [div('<p class=a>x</p>'), 'syntax a tag does not end with >'],
      [div('<!-- x'), 'syntax a comment is not closed'],
      [`<!DOCTYPE html>${div('x')}`, 'syntax a document type is not allowed'],
      ['<p xmlns="http://www.w3.org/1999/xhtml">x</p>', 'syntax it does not begin with <div'],
      ['text', 'syntax it does not begin with <div'],
      ['<div xmlns="http://www.w3.org/1999/xhtml">x', 'syntax <div> is not closed'],
      ['<div', 'syntax a tag does not end with >'],
    ];
    for (const [text, fault] of wrong) assert.deepEqual(faults(text), [fault], text);
  });

  it('keep to the vocabulary and the namespace', () => {
    assert.deepEqual(faults(div('<script>x</script>')), ['element script']);
    assert.deepEqual(faults(div('<p onclick="x()">x</p>')), ['attribute onclick']);
    for (const address of [
      'javascript:x()',
      ' JavaScript:x()',
      '\tjavascript:x()',
      '\u00a0Java script:x()',
      'vbscript:x',
    ])
      assert.deepEqual(faults(div(`<a href="${address}">x</a>`)), ['attribute href'], address);
    // Every JavaScript object has members with these names.
    for (const name of ['constructor', 'toString', 'valueOf', 'hasOwnProperty', 'isPrototypeOf'])
      for (const one of [`<${name}>x</${name}>`, `<${name}><p>x</p></${name}>`, `<${name}/>`])
        assert.deepEqual(faults(div(one)), [`element ${name}`], one);
    assert.deepEqual(faults(div('<p constructor="x" toString="y">x</p>')), [
      'attribute constructor',
      'attribute toString',
    ]);
    assert.deepEqual(faults(div('<p foo="x" Class="y" foo="z">x</p>')), [
      'attribute foo',
      'attribute Class',
      'syntax attribute foo stands twice on <p>',
    ]);
    assert.deepEqual(faults(div('<p><p>x</p></p>')), ['paragraph p']);
    assert.deepEqual(faults('<div>x</div>'), ['namespace ']);
    assert.deepEqual(faults('<div xmlns="http://hl7.org/fhir">x</div>'), ['namespace http://hl7.org/fhir']);
    assert.deepEqual(faults(div('<n:p xmlns:n="urn:x">x</n:p>')), ['namespace urn:x']);
  });

  it('may have the attributes of tables anywhere, and others on their elements alone', () => {
    for (const name of 'span width align valign char charoff abbr axis headers scope rowspan colspan idref'.split(' '))
      for (const one of [`<p ${name}="1">x</p>`, `<img alt="x" ${name}="1"/>`, `<ol ${name}="1"><li>x</li></ol>`])
        assert.deepEqual(faults(div(one)), [], one);
    assert.deepEqual(faults(div('<a rev="x" href="http://example.org">x</a>')), []);
    for (const one of ['<a target="x">x</a>', '<img alt="x" name="y"/>', '<del>x</del>', '<ins>x</ins>'])
      assert.equal(faults(div(one)).length, 1, one);
    for (const name of ['height', 'nowrap', 'rev', 'summary', 'start'])
      assert.deepEqual(faults(div(`<p ${name}="1">x</p>`)), [`attribute ${name}`], name);
  });

  it('may declare prefixes, which no element has', () => {
    assert.deepEqual(faults(div('<p xmlns:f="http://hl7.org/fhir">x</p>')), []);
    assert.deepEqual(faults(div('<p xmlns:f="http://hl7.org/fhir"><f:b>x</f:b></p>')), ['element f:b']);
    assert.deepEqual(faults(div('<f:b xmlns:g="urn:x">x</f:b>')), ['element f:b']);
  });

  it('have links in anchors and areas alone', () => {
    const links = (content: string): readonly string[] => readNarrative(div(content)).links;
    assert.deepEqual(links('<a href="#x">a</a><area href="#y" alt="a"/><img src="#z" alt="a"/>'), ['x', 'y', 'z']);
    assert.deepEqual(links('<p href="#x">a</p><img href="#y" alt="a"/>'), []);
  });

  it('keep each text in the part of its language', () => {
    const part = (language: string) => `<div xml:lang="${language}"><p>x</p></div>`;
    const mixes = (content: string): boolean => readNarrative(div(content)).mixesLanguages;
    for (const one of [
      `${part('uz')} ${part('ru')}`,
      '<div><p>x</p></div>',
      `<p xml:lang="uz">x</p>y`,
      `${part('uz')}<br/>`,
    ])
      assert.equal(mixes(one), false, one);
    for (const one of [`${part('uz')}y`, `<p>y</p>${part('uz')}`, '<div xml:lang="uz"></div>y'])
      assert.equal(mixes(one), true, one);
  });

  it('have content', () => {
    assert.equal(readNarrative(div(' <p>\n</p> ')).hasContent, false);
    assert.equal(readNarrative(div('<p>x</p>')).hasContent, true);
    assert.equal(readNarrative(div('<![CDATA[x]]>')).hasContent, true);
    assert.equal(readNarrative(div('<![CDATA[ ]]>')).hasContent, false);
    assert.equal(readNarrative(div('<img src="a.png"/>')).hasContent, true);
  });
});

describe('the language of a narrative', () => {
  const found = (attributes: string, language?: string): string[] =>
    new Validator()
      .validate({
        ...{ resourceType: 'Basic', code: { text: 'x' } },
        ...(language !== undefined && { language }),
        text: { status: 'generated', div: `<div xmlns="http://www.w3.org/1999/xhtml"${attributes}>x</div>` },
      })
      .map(({ severity, id, expression }) => `${severity} ${id} ${expression}`);

  it('is said where that of the resource is', () => {
    assert.deepEqual(found(''), []);
    assert.deepEqual(found(' lang="uz" xml:lang="uz"', 'uz'), []);
    const wrong = 'warning narrative-language Basic';
    assert.deepEqual(found(' xml:lang="ru"', 'ru'), [wrong]);
    assert.deepEqual(found('', 'uz'), [wrong]);
    assert.deepEqual(found(' lang="ru" xml:lang="ru"', 'uz'), [wrong]);
    assert.deepEqual(found(' lang="ru"', 'uz'), [wrong, wrong]);
  });
});
