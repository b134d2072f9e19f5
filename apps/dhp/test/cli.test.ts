import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { runCommandLine, UsageError, type Command, type Values } from '../src/cli.ts';

const calls: { values: Values; argument: string }[] = [];
const greet: Command = {
  name: 'greet',
  summary: 'Say hello',
  options: {
    name: { type: 'string', value: 'NAME', help: 'to whom', required: true },
    loud: { type: 'boolean', help: 'louder' },
  },
  examples: ['dhp greet --name Aziza'],
  run: async (values, argument) => {
    calls.push({ values, argument });
    return 7;
  },
};
const remove: Command = { ...greet, name: 'thing remove', summary: 'Remove it', argument: 'ID', options: {} };

async function dhp(...argv: string[]): Promise<{ code: number; text: string }> {
  let text = '';
  const code = await runCommandLine([greet, remove], argv, (part) => (text += part));
  return { code, text };
}

describe('the command line', () => {
  test('runs the command with its options and answers its exit code', async () => {
    const { code } = await dhp('greet', '--name', 'Aziza', '--loud');
    assert.equal(code, 7);
    assert.deepEqual({ ...calls.at(-1)?.values }, { name: 'Aziza', loud: true });
  });

  test('takes a command of two words with its argument', async () => {
    await dhp('thing', 'remove', 'abc');
    assert.equal(calls.at(-1)?.argument, 'abc');
  });

  test('takes an id that begins with a hyphen, as one in 64 does', async () => {
    for (const argv of [['-a_b'], ['--', '-a_b'], ['-hQ4'], ['--aB_c'], ['---q7'], ['--', '--plain']]) {
      assert.equal((await dhp('thing', 'remove', ...argv)).code, 7);
      assert.equal(calls.at(-1)?.argument, argv.at(-1));
    }
    await assert.rejects(dhp('greet', '--name', 'A', '-x'), UsageError);
    await assert.rejects(dhp('greet', '--name', 'A', '--x7'), UsageError);
    await assert.rejects(dhp('thing', 'remove', '--reaosn', 'x'), UsageError);
    await assert.rejects(dhp('thing', 'remove', 'abc', '--Reason'), UsageError);
  });

  test('lists the commands, also for none', async () => {
    for (const argv of [[], ['--help'], ['help']]) assert.match((await dhp(...argv)).text, /greet +Say hello/);
    assert.equal((await dhp()).code, 2);
    assert.equal((await dhp('--help')).code, 0);
  });

  test('explains one command', async () => {
    const { code, text } = await dhp('greet', '--help');
    assert.equal(code, 0);
    assert.match(text, /Usage: dhp greet \[OPTIONS\]/);
    assert.match(text, /--name NAME +to whom \(required\)/);
    assert.match(text, /dhp greet --name Aziza/);
    assert.match((await dhp('help', 'thing', 'remove')).text, /Usage: dhp thing remove ID/);
  });

  test('lists a family of commands', async () => assert.match((await dhp('thing')).text, /thing remove +Remove it/));

  const wrong: [string[], RegExp][] = [
    [['great'], /There is no command "great"/],
    [['--version'], /There is no option --version/],
    [['greet'], /wants --name NAME/],
    [['greet', '--name'], /--name/],
    [['greet', '--name', 'A', '--quiet'], /--quiet/],
    [['greet', '--name', 'A', 'B'], /does not take "B"/],
    [['thing', 'remove'], /wants ID/],
  ];
  for (const [argv, sentence] of wrong) {
    test(`refuses: dhp ${argv.join(' ')}`, () =>
      assert.rejects(dhp(...argv), (error) => error instanceof UsageError && sentence.test(error.message)));
  }
});
