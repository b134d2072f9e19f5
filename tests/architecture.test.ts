/** The walks through the code in docs/architecture.md refer to existing files. */
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

async function sources(): Promise<readonly string[]> {
  const workspaces = await Promise.all(
    ['apps', 'packages'].map(async (folder) => (await readdir(`${root}${folder}`)).map((name) => `${folder}/${name}`)),
  );
  const files = workspaces.flat().map(async (workspace) => {
    const found = await readdir(`${root}${workspace}/src`, { recursive: true });
    return found.map((file) => `/${workspace}/src/${file.replaceAll('\\', '/')}`);
  });
  return (await Promise.all(files)).flat();
}

/** The paths through the code that have a walk, by words of their paragraph. */
const ways = [
  ...['A read walks', 'A search is read', 'A create walks', 'A transaction is', 'A change becomes index rows'],
  ...['A validation walks', '**A token request**', '**A sign-in**', '**A refresh**', 'token that is used again**'],
  ...['**An act of the administration**', '**A field of a client**'],
];

test('every file and folder that the walks name is there', async () => {
  const text = await readFile(`${root}docs/architecture.md`, 'utf8');
  const walks = text.slice(text.indexOf('## One request'), text.indexOf('## Starting'));
  const named = new Set([...walks.matchAll(/`([\w./*-]+\.ts|[\w/-]+\/)`/g)].map(([, name]) => name!));
  assert.ok(named.size > 100, String(named.size));
  for (const way of ways) assert.ok(walks.includes(way), way);
  const all = await sources();
  const isThere = (name: string): boolean => {
    const parts = name.replace(/[.]/g, '\\.').replaceAll('*', '[\\w-]+');
    const place = new RegExp(name.endsWith('/') ? `/${parts}` : `/${parts}$`);
    return all.some((file) => place.test(file));
  };
  assert.deepEqual(
    [...named].filter((name) => !isThere(name)),
    [],
    'places that are not there',
  );
});
