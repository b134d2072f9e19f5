/** Repeated options of every command: a list grows, a single value is refused, and none is dropped silently. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { runCommandLine, UsageError, type Command, type Repeated, type Values } from '../src/cli.ts';
import { commandsFor } from '../src/commands.ts';

const commands = await commandsFor([]);

/** Runs a command up to its work, with a repeated option and the options that it requires. */
async function twice(command: Command, option: string): Promise<{ values: Values; lists: Repeated['lists'] }> {
  let seen: { values: Values; lists: Repeated['lists'] } | undefined;
  const recording: Command = {
    ...command,
    run: async (values, _argument, _second, { lists }) => {
      seen = { values, lists };
      return 0;
    },
  };
  const required = Object.entries(command.options).filter(([name, one]) => one.required === true && name !== option);
  const isFlag = command.options[option]!.type === 'boolean';
  const given = isFlag ? [`--${option}`, `--${option}`] : [`--${option}`, 'a', `--${option}=b c`];
  const positional = (command.argument ?? '').split(' ').filter((word) => word !== '');
  const argv = [
    ...command.name.split(' '),
    ...positional,
    ...required.flatMap(([name]) => [`--${name}`, 'x']),
    ...given,
  ];
  assert.equal(await runCommandLine([recording], argv, () => undefined), 0);
  return seen!;
}

/** Options whose help mentions several values, or whose value has a plural name. */
const lists: readonly string[] = [
  ...['client create --grant', 'client create --scope', 'client create --redirect-uri'],
  ...['client create --post-logout-redirect-uri', 'client create --sign-in-method', 'client create --contact'],
  ...['client change --grant', 'client change --scope', 'client change --redirect-uri'],
  ...['client change --post-logout-redirect-uri', 'client change --sign-in-method', 'client change --contact'],
  ...['registration-token create --scope', 'policy set --scope', 'start --role', 'terminology import --languages'],
];

describe('an option that is given twice', () => {
  const found: string[] = [];
  for (const command of commands) {
    for (const [name, option] of Object.entries(command.options)) {
      const shown = `${command.name} --${name}`;
      if (option.list !== undefined) found.push(shown);
      test(`dhp ${shown}`, async () => {
        if (option.type === 'boolean') assert.equal((await twice(command, name)).values[name], true);
        else if (option.multiple === true) assert.deepEqual((await twice(command, name)).lists[name], ['a', 'b c']);
        else if (option.list !== undefined)
          assert.equal((await twice(command, name)).values[name], `a${option.list}b c`);
        else
          await assert.rejects(
            twice(command, name),
            (error) =>
              error instanceof UsageError && error.message.includes(`takes --${name} once; it is given 2 times`),
          );
      });
    }
  }
  test('adds to the first where it is a list', () => {
    for (const one of lists) assert.ok(found.includes(one), one);
  });
});
