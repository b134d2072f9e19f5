/**
 * Names, reasons and other texts entered by people: applications, people, operators, browsers and identity systems. Each such column of the
 * database contains HTML, an attribute, an address or a script. On every page, in a real browser, it is text.
 */
import assert from 'node:assert/strict';
import { before, it } from 'node:test';
import { connect } from '@dhp/postgres';
import { isFull, sampleOf } from '../../../tests/sample.ts';
import { withoutBrowser } from './chromium.ts';
import { hostileBed, linksOf, shapeOf, type Who } from './hostile-bed.ts';
import type { Browser } from './browser.ts';

const hostile = await hostileBed();
const { bed, chromium, routes, filled } = hostile;
const languages = isFull ? ['uz', 'ru', 'en'] : ['uz'];

/** Breaks out of text, of attributes with either quotes or none, of a style, a script, a comment and a template. */
const written = `x' hostile=1 "hostile=1 ></title></style></script>--><img src=x hostile onerror=alert(1)><a href=javascript:alert(1) hostile>{{1}}\${1}`;
const free = /(?:^|_)(?:name|reason|agent|description|title|label|remark|device|model_name)$/;

let at: Record<Who, Browser>;
const columns: string[] = [];

before(async () => {
  at = await hostile.visitors();
  const owner = connect(bed.ownerUrl, { max: 1 });
  const texts = await owner<{ table: string; column: string }[]>`
    select table_name as table, column_name as column from information_schema.columns
    where table_schema = 'sso' and data_type = 'text' and column_name !~ '^(user|server)_?name$'`;
  for (const { table, column } of texts.filter((one) => free.test(one.column))) {
    // Some are keys, or may not be changed.
    const { count } = await owner`update sso.${owner(table)} set ${owner(column)} = ${written}`.catch(() => ({
      count: 0,
    }));
    if (count > 0) columns.push(`${table}.${column}`);
  }
  await owner.end();
});

/** Elements and attributes that no page has by itself, and parts of the written texts that are not text. */
const broken = `[...document.querySelectorAll('*')].flatMap((one) => [...one.attributes]
  .filter(({ name, value }) => name === 'hostile' || /^on/.test(name) || /^\\s*javascript:/i.test(value))
  .map(({ name }) => one.tagName + ' ' + name))`;

it('what others have written is text on every page', { skip: withoutBrowser }, async (t) => {
  const faults: string[] = [];
  let looked = 0;
  let shown = 0;
  for (const language of languages)
    for (const who of ['person', 'operator', 'stranger'] as const) {
      const { page, context } = await chromium.visit({ language });
      const cookies = [...at[who].cookies].map(([name, { value }]) => ({ name, value, url: chromium.issuer }));
      await context.addCookies(cookies);
      page.on('dialog', (dialog) => {
        faults.push(`${who} ${page.url()}: ${dialog.message()}`);
        void dialog.dismiss();
      });
      const waiting = routes.filter(([method, route]) => method === 'GET' && /^\/(?:account|operate|sign)/.test(route));
      const paths = sampleOf(waiting, 3, who.length, ([, route]) => route.split('/').slice(0, 3).join('/')).map(
        ([, route]) => filled(route),
      );
      const seen = new Set<string>();
      for (let path = paths.shift(); path !== undefined && (isFull || seen.size < 45); path = paths.shift()) {
        if (seen.has(shapeOf(path))) continue;
        seen.add(shapeOf(path));
        const response = await page.goto(chromium.issuer + path).catch(() => null);
        if (response === null || !/html/.test(response.headers()['content-type'] ?? '')) continue;
        looked += 1;
        const html = await page.content();
        if (html.includes('hostile')) shown += 1;
        for (const one of await page.evaluate<string[]>(broken)) faults.push(`${who} ${path}: ${one}`);
        paths.push(...linksOf(path, await response.text(), chromium.issuer));
      }
      await context.close();
    }
  t.diagnostic(`${String(looked)} pages, ${String(shown)} with what was written in ${columns.join(', ')}`);
  assert.ok(columns.length > 4 && shown > 10, `${String(shown)} ${columns.join()}`);
  assert.deepEqual(faults, []);
});
