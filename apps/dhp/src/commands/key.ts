/** `dhp key …`: the keys that sign tokens. A change is in force in every running process within half a minute, without a restart. */
import { openKeys, type KeyInfo, type Keys } from '@dhp/signing-keys';
import { shownKey } from '@dhp/administration';
import { UsageError, type Command, type Values } from '../cli.ts';
import { results } from '../results.ts';
import { print, table } from '../output.ts';
import { json, reason, reasonOf, withSso } from './shared.ts';

function work<T>(values: Values, act: (keys: Keys) => Promise<T>): Promise<T> {
  return withSso(values, (sql, { settings, data }) =>
    act(openKeys(sql, { encryptionKey: settings.DHP_SECRET_KEY ?? data.secretKey(), reason: reasonOf(values) })),
  );
}

const columns = ['KID', 'ALG', 'STATE', 'SIGNS FROM', 'RETIRES'];

function row({ kid, alg, state, signsFrom, retires }: KeyInfo): string[] {
  return [kid, alg, state, signsFrom.toISOString(), retires?.toISOString() ?? ''];
}

const list: Command = {
  name: 'key list',
  summary: 'List the published signing keys, the newest first',
  options: { json },
  run: async (values) => {
    const keys = await work(values, (store) => store.list());
    if (values['json'] === true) print({ keys: keys.map(shownKey) });
    else if (keys.length === 0) process.stdout.write(`${results().key.none}\n`);
    else process.stdout.write(table(columns, keys.map(row)));
    return 0;
  },
};

const rotate: Command = {
  name: 'key rotate',
  summary: 'Make the next signing key',
  argument: 'ALGORITHM',
  options: {
    'at-once': {
      type: 'boolean',
      help: 'it signs at once and those before are gone, with all that they signed: for a key that others know',
    },
    reason,
    json,
  },
  examples: ['dhp key rotate ES256', "dhp key rotate RS256 --at-once --reason 'the old one leaked'"],
  run: async (values, alg) => {
    if (alg !== 'ES256' && alg !== 'RS256') {
      throw new UsageError(results().key.algorithm({ algorithm: alg }));
    }
    const key = await work(values, (keys) => keys.rotate(alg, { atOnce: values['at-once'] === true }));
    if (values['json'] === true) print(shownKey(key));
    else process.stdout.write(table(columns, [row(key)]));
    return 0;
  },
};

const retire: Command = {
  name: 'key retire',
  summary: 'Retire a key that no longer signs before its time',
  argument: 'KID',
  options: { reason, json },
  run: async (values, kid) => {
    await work(values, (keys) => keys.retire(kid));
    if (values['json'] === true) print({ kid, retired: true });
    else process.stdout.write(`${results().key.retired({ key: kid })}\n`);
    return 0;
  },
};

export const keyCommands: readonly Command[] = [list, rotate, retire];
