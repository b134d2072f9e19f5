/** `dhp password-list …`: the installed list of passwords known from breaches. No other host is asked. */
import { text } from 'node:stream/consumers';
import { allRanges, inspectBreachedPasswords } from '@dhp/accounts/sign-in';
import type { Command, Values } from '../cli.ts';
import { readSettings } from '../configuration.ts';
import { breachedPasswordsOf } from '../breached-passwords.ts';
import { results } from '../results.ts';
import type { SettingValues } from '../settings.ts';
import { operationMessages } from '../texts/operation.ts';
import { spokenLanguage } from '../locale.ts';
import { card, print } from '../output.ts';
import { json } from './shared.ts';

/** The list is a file, so no database is needed. */
function settingsNow(): SettingValues {
  const { warning } = operationMessages[spokenLanguage()];
  return readSettings(process.env, process.cwd(), (sentence) => process.stderr.write(`${warning({ sentence })}\n`));
}

const status: Command = {
  name: 'password-list status',
  summary: 'Show which list of breached passwords is installed, and whether it is complete',
  options: { json },
  run: async (values) => {
    const settings = settingsNow();
    const path = settings.DHP_BREACHED_PASSWORDS;
    await breachedPasswordsOf(settings);
    if (path === undefined) {
      if (values['json'] === true) print({ installed: false });
      else process.stdout.write(`${results().passwordList.none}\n`);
      return 0;
    }
    const { form, ranges, size } = await inspectBreachedPasswords(path);
    const isComplete = ranges === undefined ? undefined : ranges === allRanges;
    if (values['json'] === true) {
      print({ installed: true, path, form, ranges, bytes: size, complete: isComplete });
      return 0;
    }
    const said = results().passwordList;
    const found = ranges === undefined ? {} : { ranges: said.ranges({ ranges, all: allRanges }) };
    const complete = isComplete === undefined ? {} : { complete: isComplete ? said.complete : said.incomplete };
    process.stdout.write(
      card({ path, form, ...found, ...(size === undefined ? {} : { bytes: String(size) }), ...complete }),
    );
    return 0;
  },
};

const check: Command = {
  name: 'password-list check',
  summary: 'Look up a password from standard input in the list; exit code 1 when it is there',
  options: { json },
  examples: ["echo 'a long password' | dhp password-list check"],
  run: async (values) => {
    const { breachedPasswords: list } = await breachedPasswordsOf(settingsNow());
    if (list === undefined) {
      process.stderr.write(`${results().passwordList.none}\n`);
      return 2;
    }
    const times = await list.timesSeen((await text(process.stdin)).replace(/\r?\n$/, ''));
    tell(values, times);
    return times > 0 ? 1 : 0;
  },
};

function tell(values: Values, times: number): void {
  const { found, notFound } = results().passwordList;
  if (values['json'] === true) print({ breached: times > 0, times_seen: times });
  else process.stdout.write(`${times > 0 ? found({ count: times }) : notFound}\n`);
}

export const passwordListCommands: readonly Command[] = [status, check];
