/** `dhp user …`, commands about an existing person: showing all data, changes, sign-in methods. */
import type { Messages } from '@dhp/accounts/messages';
import { openPeople, type Account, type People, type PersonChange } from '@dhp/accounts';
import { personFields } from '@dhp/accounts/fields';
import { openPaperCodes, paperCodePath } from '@dhp/accounts/sign-in';
import { shownPerson, shownUser } from '@dhp/administration';
import { operatingSystemUser } from '@dhp/sso-kit';
import { publicUrls } from '../addresses.ts';
import { optionsOf, readOptions } from './declared-options.ts';
import { UsageError, type Command, type Option, type Values } from '../cli.ts';
import { results } from '../results.ts';
import { card, print } from '../output.ts';
import {
  environment,
  environmentOf,
  everyPage,
  json,
  reason,
  reasonOf,
  textOf,
  withSso,
  messagesOf,
} from './shared.ts';

function work<T>(values: Values, act: (people: People) => Promise<T>): Promise<T> {
  return withSso(values, (sql) => act(openPeople(sql, { reason: reasonOf(values) })));
}

const show: Command = {
  name: 'user show',
  summary: 'Show a person, with the records and the ways to sign in',
  argument: 'USER_NAME',
  options: { json },
  run: async (values, username) => {
    const person = shownPerson(await work(values, (people) => people.show(username)));
    if (values['json'] === true) print(person);
    else process.stdout.write(card(person));
    return 0;
  },
};

const records = { patient: 'Patient', practitioner: 'Practitioner', 'related-person': 'RelatedPerson' } as const;

const changePerson: Command = {
  name: 'user change',
  summary: 'Change a person; with other records all sessions end',
  argument: 'USER_NAME',
  options: {
    ...optionsOf(personFields, 'change'),
    patient: { type: 'string', value: 'ID', help: 'the person is this Patient from now on' },
    practitioner: { type: 'string', value: 'ID', help: 'the person is this Practitioner from now on' },
    'related-person': {
      type: 'string',
      value: 'ID',
      help: 'the person is this RelatedPerson from now on; the same one again: for the patient whom it names now',
    },
    environment: { ...environment, help: 'where these records are: playground (the default) or production' },
    reason,
    json,
  },
  examples: [
    "dhp user change olim --name 'Olim Usmonov'",
    'dhp user change olim --patient p-9 --environment production',
  ],
  run: async (values, username) => {
    const changes = readOptions(personFields, values) as Pick<PersonChange, keyof typeof personFields>;
    const given = Object.entries(records).flatMap(([option, type]) => {
      const id = textOf(values, option);
      return id === undefined ? [] : [{ environment: environmentOf(values), type, fhir_id: id }];
    });
    if (Object.keys(changes).length === 0 && given.length === 0)
      throw new UsageError(results().usage.nothingToChange({ command: 'user change' }));
    const account = await work(values, async (people) => {
      // The given records replace those of their kind; the others stay.
      const { identities } = await people.show(username);
      const isKept = (old: Account['identities'][number]): boolean =>
        !given.some((one) => one.environment === old.environment && one.type === old.type);
      const change: PersonChange = {
        ...changes,
        ...(given.length === 0 ? {} : { identities: [...identities.filter(isKept), ...given] }),
        ...(textOf(values, 'related-person') === undefined ? {} : { tieAgain: [environmentOf(values)] }),
      };
      return people.change(username, change);
    });
    tell(values, account);
    return 0;
  },
};

function tell(values: Values, account: Account): void {
  if (values['json'] === true) print(shownUser(account));
  else process.stdout.write(card(shownUser(account)));
}

function act(
  name: string,
  summary: string,
  done: (people: People, username: string) => Promise<Account>,
  notice?: Parameters<Messages['notify']>[1],
): Command {
  return {
    name,
    summary,
    argument: 'USER_NAME',
    options: { reason, json },
    run: async (values, username) => {
      const account = await withSso(values, async (sql, context) => {
        const changed = await done(openPeople(sql, { reason: reasonOf(values) }), username);
        if (notice !== undefined) await messagesOf(sql, context).notify(changed.accountId, notice);
        return changed;
      });
      tell(values, account);
      return 0;
    },
  };
}

const paperCode: Command = {
  name: 'user paper-code',
  summary: 'Print a code on paper by which the person sets a password, good once and for three days',
  argument: 'USER_NAME',
  options: { reason, json },
  run: async (values, username) => {
    const made = await withSso(values, async (sql, context) => {
      const { settings, data } = context;
      const encryptionKey = settings.DHP_SECRET_KEY ?? data.secretKey();
      const codes = openPaperCodes({ sql, encryptionKey, clock: () => new Date() });
      const by = { actor: `cli:${operatingSystemUser()}`, reason: reasonOf(values) };
      const { accountId, code, expires } = await codes.make(username, by);
      await messagesOf(sql, context).notify(accountId, 'paper-code-made');
      const address = publicUrls(settings, data.ports()).sso + paperCodePath;
      return { username, code, address, expires_at: expires.toISOString() };
    });
    if (values['json'] === true) print(made);
    else process.stdout.write(card(made));
    return 0;
  },
};

const resetLink: Command = {
  name: 'user reset-link',
  summary: 'Print a link for a new password, valid once and for 15 minutes',
  argument: 'USER_NAME',
  options: { reason, json },
  run: async (values, username) => {
    const link = await withSso(values, async (sql, context) => {
      const { accountId, link: path } = await openPeople(sql, { reason: reasonOf(values) }).resetLink(username);
      await messagesOf(sql, context).notify(accountId, 'password-link-made');
      return publicUrls(context.settings, context.data.ports()).sso + path;
    });
    if (values['json'] === true) print({ username, link });
    else process.stdout.write(`${link}\n`);
    return 0;
  },
};

const from: Option = { type: 'string', value: 'NAME', help: 'the identity system, such as oneid', required: true };

const unlink: Command = {
  name: 'user unlink',
  summary: 'Remove the link to an identity system; sessions and tokens end',
  argument: 'USER_NAME',
  options: { from, reason, json },
  run: async (values, username) => {
    tell(values, await work(values, (people) => people.unlink(username, String(values['from']))));
    return 0;
  },
};

/** Returns every account that matches the filters of `dhp user list`. */
export function findPeople(values: Values): Promise<Account[]> {
  const asked = values['status'];
  const status = (['enabled', 'disabled'] as const).find((one) => one === asked);
  if (asked !== undefined && status === undefined)
    throw new UsageError(
      results().usage.eitherOf({ option: 'status', given: String(asked), first: 'enabled', second: 'disabled' }),
    );
  const filter = { q: textOf(values, 'search'), status, role: textOf(values, 'role') };
  return work(values, (people) => everyPage((page) => people.search({ ...filter, ...page })));
}

export const personCommands: readonly Command[] = [
  show,
  changePerson,
  act('user unlock', 'Unlock a person after too many wrong passwords or codes', (people, username) =>
    people.unlock(username),
  ),
  act(
    'user reset-factors',
    'Remove codes, recovery codes and passkeys; sessions and tokens end',
    (people, username) => people.resetFactors(username),
    'factors-reset',
  ),
  resetLink,
  paperCode,
  unlink,
];
