import { deepEqual, equal, match } from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { credentials, demo, install, type Installation } from './installation.ts';

const run = promisify(execFile);
let installation: Installation;
let empty: Installation;
let html: string;
before(async () => {
  installation = await install();
  empty = await install(({ demo: _, ...usual }) => usual);
  html = await (await fetch(`${installation.url}/?lang=uz`)).text();
});
after(() => Promise.all([installation.close(), empty.close()]));

/** The text of an element as a person copies it from the page. */
function copied(id: string, from = html): string {
  const escaped = new RegExp(`<code id="${id}"[^>]*>([^<]*)</code>`).exec(from)?.[1] ?? '';
  return escaped.replaceAll(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)));
}

/** The three pieces of a language in one file, with the client's id and secret in place of the dots. */
function program(language: string, from = html): string {
  const whole = ['token', 'read', 'create'].map((piece) => copied(`${language}-${piece}`, from)).join('\n');
  equal(whole.split("'…'").length, 3, 'one place for the id and one for the secret');
  return whole.replace('…', credentials.id).replace('…', credentials.secret);
}

const missing = (command: string): string | false =>
  spawnSync(command, ['--version']).error !== undefined && `no ${command} on this machine`;

const created = /\b201\b[^]*\/fhir\/Patient\/new\/_history\/1/;

/** Asserts the output that the example prints in every language: the demo patient, then 201 with an address. */
function prove(output: string): void {
  match(output, new RegExp(`['"]?id['"]?: ?['"]${demo.patientId}['"]`));
  match(output, created);
}

describe('where no patient is known to be there', () => {
  for (const [language, command, ...words] of [
    ['curl', 'sh', '-euc'],
    ['javascript', process.execPath, '--input-type=module', '-e'],
    ['python', 'python3', '-c'],
  ] as const) {
    it(`the example of ${language} searches, and creates one`, { skip: missing(command) }, async () => {
      const page = await (await fetch(empty.url)).text();
      equal(page.includes(demo.patientId) || page.includes(demo.practitionerId), false);
      const { stdout } = await run(command, [...words, program(language, page)]);
      match(stdout, /['"]?type['"]?: ?['"]searchset['"]/);
      match(stdout, created);
    });
  }

  it('the step says so in each language', async () => {
    for (const [language, title] of [
      ['uz', 'Bemorlarni qidiring'],
      ['ru', 'Найдите пациентов'],
      ['en', 'Search for patients'],
    ] as const) {
      const page = await (await fetch(`${empty.url}/?lang=${language}`)).text();
      equal(page.split(`<h4>${title}</h4>`).length, 4, `${language}: once in each panel`);
    }
  });
});

describe('the examples of the page do what they say', () => {
  it('in a shell with curl', { skip: missing('curl') }, async () => {
    const { stdout } = await run('sh', ['-euc', program('curl')]);
    prove(stdout);
    match(stdout, /"family":"Karimova"/);
  });

  it('in JavaScript', async () => {
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', program('javascript')]);
    prove(stdout);
  });

  it('in Python', { skip: missing('python3') }, async () => {
    const { stdout } = await run('python3', ['-c', program('python')]);
    prove(stdout);
  });

  it('and the command that registers a client is one command of a shell', async () => {
    const { stdout } = await run('sh', ['-c', `npx() { for word; do echo "$word"; done; }\n${copied('register')}`]);
    const expected = 'dhp client create --name|Mening tizimim|--grant|client_credentials|--scope|system/*.cruds';
    deepEqual(stdout.trimEnd().split('\n'), [
      ...'dhp client create --name'.split(' '),
      ...expected.split('|').slice(1),
      '--environment',
      'playground',
    ]);
  });

  it('even where an address needs quoting', { skip: missing('curl') }, async () => {
    const odd = await install((usual) => ({
      ...usual,
      urls: { ...usual.urls, playground: `${usual.urls.playground}/it's&$(touch%20x)` },
    }));
    try {
      html = await (await fetch(odd.url)).text();
      // The fake playground does not have that path; the test checks that the shell passes the address unchanged.
      const line = copied('curl-read').replace(/^curl -s/, 'printf "%s\\n"');
      const { stdout } = await run('sh', ['-c', `TOKEN=x\n${line}`]);
      equal(stdout.split('\n')[0], `${odd.playground.url}/fhir/it's&$(touch%20x)/Patient/${demo.patientId}`);
    } finally {
      await odd.close();
    }
  });
});
