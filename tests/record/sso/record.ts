/** Makes a recording of an SSO: starts that of a source tree, sends the requests of the scripts, writes what comes back. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { testServer } from '@dhp/postgres/testing';
import { clientOf } from '../client.ts';
import { writeRecording, type Entry, type Head } from '../entry.ts';
import type { RecordOptions, Recorded } from '../record.ts';
import type { SsoHostReply, SsoHostRequest } from './host.ts';
import { createSsoNormaliser } from './normalise.ts';
import { administration } from './administration.ts';
import { people } from './people.ts';
import { programs } from './programs.ts';
import type { SsoScript, SsoSession } from './session.ts';

const host = fileURLToPath(new URL('host.ts', import.meta.url));
const scripts: readonly SsoScript[] = [...programs, ...people, ...administration];

/**
 * The requests are always the same ones: neither the seed nor their number counts.
 * @param options.kinds default: all
 */
export async function recordSso(
  options: Omit<RecordOptions, 'seed' | 'requests'> & { kinds?: readonly string[] },
): Promise<Recorded> {
  const begin = performance.now();
  const kinds = new Map<string, number>();
  const sso = await startSso(options.root, options.databaseUrl ?? (await testServer()));
  const client = clientOf(sso.url);
  const writer = writeRecording(options.out);
  const { commit } = options;
  writer.write({ recording: 1, commit, seed: 0, requests: 0, made: new Date().toISOString() } satisfies Head);
  const normaliser = createSsoNormaliser();
  let done = 0;
  try {
    for (const script of scripts) {
      const { kind } = script;
      if (options.kinds?.includes(kind) === false) continue;
      const send: SsoSession['send'] = async (sent) => {
        const answer = await client.send(sent, undefined);
        const number = (kinds.get(kind) ?? 0) + 1;
        kinds.set(kind, number);
        const { method, path, headers = {}, body = '' } = sent;
        const { status, headers: received, text } = normaliser.answer(answer);
        const request = {
          ...{ method, path: normaliser.text(path), as: 'none', body: normaliser.text(String(body)) },
          headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, normaliser.text(value)])),
        };
        const id = `sso/${kind}/${String(number)}`;
        writer.write({ id, kind, request, status, headers: received, body: text } satisfies Entry);
        options.onProgress?.((done += 1), Math.max(done, 500));
        return answer;
      };
      await script.run({ clients: sso.clients, send });
    }
    await writer.end();
  } finally {
    client.close();
    await sso.close();
  }
  return { kinds, statements: 0, seconds: (performance.now() - begin) / 1000 };
}

/** @throws Error with what the process wrote when it ends before it serves */
async function startSso(root: string, databaseUrl: string): Promise<SsoHostReply & { close(): Promise<void> }> {
  const child = fork(host, [], {
    cwd: root,
    env: { ...process.env, DHP_TEST_DATABASE_URL: databaseUrl, NODE_OPTIONS: '', NODE_TEST_CONTEXT: '' },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let said = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-10_000)));
  const ended = once(child, 'exit');
  child.send({ root } satisfies SsoHostRequest);
  const started = await Promise.race([once(child, 'message'), ended.then(() => undefined)]);
  if (started === undefined) throw new Error(`the SSO of ${root} ended before it served\n${said}`);
  const [reply] = started as [SsoHostReply];
  return {
    ...reply,
    async close() {
      if (child.exitCode === null && child.connected) child.send('close');
      await ended;
    },
  };
}
