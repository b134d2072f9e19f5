import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import catalogue from '../src/errors/catalogue.json' with { type: 'json' };
import { errorsAbout } from '../src/errors/error-catalogue.ts';
import { install, type Installation } from './installation.ts';

let installation: Installation;
before(async () => {
  installation = await install();
});
after(() => installation.close());

const get = (path: string): Promise<Response> => fetch(installation.url + path, { redirect: 'manual' });
const textOf = (html: string): string =>
  html
    .replace(/<[^>]+>/g, '')
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)))
    .replace(/\s+/g, ' ');

describe('pages about errors', () => {
  it('are there for every code, in three languages, with what the catalogue says', async () => {
    ok(errorsAbout.length > 150, String(errorsAbout.length));
    for (const { code, sentence, cause, remedy, example, status } of errorsAbout) {
      for (const language of ['uz', 'ru', 'en'] as const) {
        const response = await get(`/errors/${code}?lang=${language}`);
        equal(response.status, 200, code);
        equal(response.headers.get('content-language'), language);
        const text = textOf(await response.text());
        const plain = (source: string): string =>
          source
            .replace(/\[([^\]]+)\]\([^)]+\)/g, '$1')
            .replaceAll('`', '')
            .replace(/\s+/g, ' ');
        for (const part of [sentence?.[language], cause?.[language], remedy?.[language]])
          if (part !== undefined) ok(text.includes(plain(part)), `${code} ${language}: ${plain(part)}`);
        if (status !== undefined) {
          match(text, new RegExp(`HTTP/1.1 ${String(status)}`));
          ok(text.includes(`"code": "${code}"`), code);
          deepEqual(
            JSON.parse(example ?? ''),
            JSON.parse(catalogue[code as keyof typeof catalogue & 'token-missing'].example),
          );
        }
      }
    }
  });

  it('are not there for what is no code, whatever it is', async () => {
    for (const code of ['no-such-code', '__proto__', 'constructor', '%3Cscript%3E', '..%2F..', 'x'.repeat(90)])
      equal((await get(`/errors/${code}`)).status, 404, code);
  });

  it('say in Uzbek and Russian the same things as in English: codes, headers, numbers', () => {
    const names = (text: string): string[] => text.split('`').filter((_, n) => n % 2 === 1);
    for (const { code, cause, remedy } of errorsAbout) {
      for (const part of [cause, remedy]) {
        if (part === undefined) continue;
        const told = new Set(names(part.en));
        for (const language of ['uz', 'ru'] as const) {
          ok(part[language] !== part.en, `${code} ${language} is translated`);
          for (const name of names(part[language]))
            ok(told.has(name), `${code} ${language}: ${name} is not in the English`);
          equal(part[language].split('`').length % 2, 1, `${code} ${language}: backticks come in pairs`);
        }
        ok(/[\u0400-\u04ff]/.test(part.ru), `${code}: Russian is in Cyrillic`);
      }
    }
  });

  it('are listed, each with its sentence and its address', async () => {
    const response = await get('/errors?lang=en');
    const html = await response.text();
    for (const { code } of errorsAbout) ok(html.includes(`href="./errors/${code}"`), code);
    const style = /href="\.\/(assets\/reading\.[^"]+)"/.exec(html)?.[1] ?? '';
    const asset = await get(`/${style}`);
    equal(asset.status, 200);
    match(asset.headers.get('cache-control') ?? '', /immutable/);
  });
});
