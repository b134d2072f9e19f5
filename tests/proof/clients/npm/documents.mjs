/** The JavaScript of docs/clients.md: each block is a module that runs as it stands there, in a process of its own. */
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { ground, tableOf } from './table.mjs';

const text = await readFile('clients.md', 'utf8');
const { issuer: SSO, fhir: FHIR_BASE, backend, web, app: APP } = ground;
const machine = { CLIENT_ID: backend.client_id, CLIENT_SECRET: backend.client_secret };
const person = { CLIENT_ID: web.client_id, CLIENT_SECRET: web.client_secret };
const blocks = text.split(/^### /m).flatMap((section) => {
  const [, code] = /```js\n([^]*?)```/.exec(section) ?? [];
  return code === undefined ? [] : [[section.split('\n', 1)[0], code]];
});
const call = tableOf('docs/clients.md', 'as it stands there');
if (blocks.length < 4) throw new Error(`only ${blocks.length} blocks`);
for (const [n, [title, code]] of blocks.entries())
  await call(title, async () => {
    const file = `block-${n}.mjs`;
    // An application begins to listen and is closed; whether people get in is what the part `applications` tries.
    const isServer = code.includes('app.listen(');
    await writeFile(
      file,
      code.replace(/^app\.listen\((.*)\);$/m, 'app.listen($1, "localhost", function () { this.close(); });'),
    );
    const env = { ...process.env, SSO, FHIR_BASE, APP, ...(isServer ? person : machine) };
    await promisify(execFile)(process.execPath, [file], { env, timeout: 60_000 });
  });
