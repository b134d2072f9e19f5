/** Modules are resolved without a search, to the same files that Node finds by searching. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import http from 'node:http';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const urlOf = (path: string): string => new URL(path, import.meta.url).href;
const modulePaths = urlOf('../src/module-paths.ts');
const servers = ['sso', 'fhir', 'portal'].map((name) => urlOf(`../src/servers/${name}.ts`));

/** Prints the addresses of the modules that it loads, with `first` before all others. */
const recorder = (first: string): string => `
  import { registerHooks } from 'node:module';
  ${first}
  const loaded = [];
  registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) });
  for (const one of ${JSON.stringify(servers)}) await import(one);
  process.stdout.write(JSON.stringify(loaded), () => process.exit(0));
`;

async function loadedAfter(first: string): Promise<string[]> {
  const words = ['--input-type=module', '--eval', recorder(first)];
  const { stdout } = await promisify(execFile)(process.execPath, words, { maxBuffer: 2 ** 24 });
  return JSON.parse(stdout) as string[];
}

test('the modules of the servers are those that Node finds by itself', async () => {
  const [found, searched] = await Promise.all([loadedAfter(`await import('${modulePaths}');`), loadedAfter('')]);
  assert.ok(searched.length > 1_000, `${searched.length} modules`);
  const asNode = found.map((url) => (url === urlOf('../src/node-http.ts') ? 'node:http' : url));
  assert.deepEqual(asNode.toSorted(), searched.toSorted());
});

test('the HTTP of a server is that of Node, without what loads the client of fetch', async () => {
  const own = (await import('../src/node-http.ts')) as object;
  const lacking = Object.keys(http).filter((name) => !(name in own));
  assert.deepEqual(lacking.sort(), ['CloseEvent', 'MessageEvent', 'WebSocket', '_connectionListener']);
  const program = `
    await import('${modulePaths}');
    for (const one of ${JSON.stringify(servers)}) await import(one);
    const isLoaded = process.moduleLoadList.some((name) => name.includes('deps/undici/undici'));
    process.stdout.write(String(isLoaded), () => process.exit(0));
  `;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program]);
  assert.equal(stdout, 'false');
});

test('a program and a server have it before anything else', async () => {
  for (const entry of ['../src/main.ts', '../src/servers/main.ts']) {
    const hooks = `
      import { registerHooks } from 'node:module';
      registerHooks({ load: (url, context, next) => (process._rawDebug(url), next(url, context)) });
    `;
    const words = [
      '--import',
      `data:text/javascript,${encodeURIComponent(hooks)}`,
      fileURLToPath(urlOf(entry)),
      '--help',
    ];
    const { stderr } = await promisify(execFile)(process.execPath, words, { maxBuffer: 2 ** 24 });
    const ours = stderr.split('\n').filter((line) => line.startsWith('file:') && !line.includes('/node_modules/'));
    assert.deepEqual(ours.slice(0, 2), [urlOf(entry), modulePaths], entry);
  }
});

test('a module that is not there is named', async () => {
  const absent = './no-such-module.ts';
  await assert.rejects(import(absent), /no-such-module\.ts/);
});
