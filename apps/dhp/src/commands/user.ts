/** `dhp user …`: the people who may sign in. A change takes effect at once in every running process. */
import { isLanguage, type Language } from '@dhp/negotiation';
import { randomBytes } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { openAccounts, openAdministrators, type Account, type Accounts } from '@dhp/accounts';
import { personFields, type GivenPersonValues } from '@dhp/accounts/fields';
import type { BreachedPasswords } from '@dhp/accounts/sign-in';
import { publicUrls } from '../addresses.ts';
import type { Context } from '../context.ts';
import { breachedPasswordsOf } from '../breached-passwords.ts';
import { UsageError, type Command, type Option, type Values } from '../cli.ts';
import { results } from '../results.ts';
import { optionsOf, readOptionsOfNew } from './declared-options.ts';
import { findPeople } from './person.ts';
import { print, table } from '../output.ts';
import { environmentOf, json, messagesOf, reason, reasonOf, textOf, withSso } from './shared.ts';

const passwordStdin: Option = { type: 'boolean', help: 'read the password from standard input; default: make one' };

const identityOptions = {
  patient: 'Patient',
  practitioner: 'Practitioner',
  'related-person': 'RelatedPerson',
} as const;

function asJson(account: Account, password?: string): Record<string, unknown> {
  return {
    username: account.username,
    ...(password !== undefined && { password }),
    name: account.name,
    sub: account.accountId,
    identities: account.identities.map(({ environment, type, fhir_id: id }) => ({
      environment,
      reference: `${type}/${id}`,
    })),
    disabled: account.disabled !== undefined,
    ...(account.passwordExpires !== undefined && { password_expires_at: account.passwordExpires.toISOString() }),
    created_at: account.created.toISOString(),
  };
}

function work<T>(values: Values, act: (accounts: Accounts) => Promise<T>): Promise<T> {
  return withSso(values, async (sql, context) =>
    act(openAccounts(sql, { ...why(values), ...(await passwordRulesOf(context)) })),
  );
}

/** An operator who sets a password here knows it: it is valid until the person has chosen another one. */
async function passwordRulesOf({
  settings,
}: Context): Promise<{ temporarySeconds: number; breachedPasswords?: BreachedPasswords }> {
  return {
    temporarySeconds: (settings.DHP_TEMPORARY_PASSWORD_HOURS ?? 72) * 3600,
    ...(await breachedPasswordsOf(settings)),
  };
}

function why(values: Values): { reason?: string } {
  const given = reasonOf(values);
  return given === undefined ? {} : { reason: given };
}

/** The password, and whether it was generated here and must be shown. */
async function passwordOf(values: Values): Promise<{ password: string; made: boolean }> {
  if (values['password-stdin'] !== true) return { password: randomBytes(12).toString('base64url'), made: true };
  return { password: (await text(process.stdin)).replace(/\r?\n$/, ''), made: false };
}

const create: Command = {
  name: 'user create',
  summary: 'Register a person who may sign in',
  argument: 'USER_NAME',
  options: {
    ...optionsOf(personFields, 'create'),
    practitioner: { type: 'string', value: 'ID', help: 'the person is this Practitioner' },
    patient: { type: 'string', value: 'ID', help: 'the person is this Patient' },
    'related-person': { type: 'string', value: 'ID', help: 'the person is this RelatedPerson' },
    environment: {
      type: 'string',
      value: 'NAME',
      help: 'where these records are: playground (the default) or production',
    },
    invite: {
      type: 'boolean',
      help: 'instead of a password a link by which the person sets one: sent to --email, printed without one',
    },
    language: { type: 'string', value: 'LANGUAGE', help: 'of the invitation: uz, ru or en' },
    'password-stdin': passwordStdin,
    reason,
    json,
  },
  examples: [
    "dhp user create aziza --name 'Aziza Karimova' --practitioner pr-1",
    "echo 'a long password' | dhp user create olim --name 'Olim Usmonov' --patient p-1 --password-stdin",
  ],
  run: async (values, username) => {
    const environment = environmentOf(values);
    const identities = Object.entries(identityOptions).flatMap(([option, type]) => {
      const id = values[option];
      return typeof id === 'string' ? [{ environment, type, fhir_id: id }] : [];
    });
    const given = readOptionsOfNew(personFields, values) as unknown as GivenPersonValues;
    const person = { ...given, username, identities };
    if (values['invite'] === true) {
      const language = languageOf(values);
      await withSso(values, async (sql, context) => {
        const { account, link: path } = await openAccounts(sql, why(values)).invite(person);
        const link = publicUrls(context.settings, context.data.ports()).sso + path;
        const isSent = await messagesOf(sql, context).invite(account, link, language);
        tellInvited(values, account, isSent ? undefined : link);
      });
      return 0;
    }
    const { password, made } = await passwordOf(values);
    const account = await work(values, (accounts) => accounts.create({ ...person, password }));
    tell(values, account, made ? password : undefined);
    return 0;
  },
};

const setPassword: Command = {
  name: 'user set-password',
  summary: 'Give a person a new password; all sessions end',
  argument: 'USER_NAME',
  options: { 'password-stdin': passwordStdin, reason, json },
  run: async (values, username) => {
    const { password, made } = await passwordOf(values);
    const account = await withSso(values, async (sql, context) => {
      const accounts = openAccounts(sql, { ...why(values), ...(await passwordRulesOf(context)) });
      const changed = await accounts.setPassword(username, password);
      await messagesOf(sql, context).notify(changed.accountId, 'password-reset');
      return changed;
    });
    tell(values, account, made ? password : undefined);
    return 0;
  },
};

/** @param link to hand over; undefined if it was sent */
function tellInvited(values: Values, account: Account, link: string | undefined): void {
  if (values['json'] === true) {
    print({ ...asJson(account), ...(link === undefined ? { invitation_sent: true } : { invitation: link }) });
  } else if (link === undefined) {
    process.stdout.write(
      `user name   ${account.username}\n\n${results().user.invitationSent({ email: account.email ?? '' })}\n`,
    );
  } else process.stdout.write(`user name   ${account.username}\ninvitation  ${link}\n\n${results().user.invitation}\n`);
}

/** @throws UsageError for an unknown language */
function languageOf(values: Values): Language | undefined {
  const given = values['language'];
  if (given === undefined || isLanguage(given)) return given;
  throw new UsageError(results().usage.language({ given: String(given) }));
}

function tell(values: Values, account: Account, password: string | undefined): void {
  if (values['json'] === true) {
    print(asJson(account, password));
    return;
  }
  const secret = password === undefined ? '' : `password   ${password}\n\n${results().user.tellPassword}\n`;
  const until = account.passwordExpires;
  const first =
    until === undefined ? '' : `${results().user.choosesPassword({ until: `${until.toISOString().slice(0, 16)}Z` })}\n`;
  process.stdout.write(`user name  ${account.username}\n${secret}${first}`);
}

const list: Command = {
  name: 'user list',
  summary: 'Show the people who may sign in',
  options: {
    search: { type: 'string', value: 'TEXT', help: 'a part of the name or user name' },
    status: { type: 'string', value: 'STATUS', help: 'enabled or disabled' },
    role: { type: 'string', value: 'ROLE', help: 'who has this role' },
    json,
  },
  run: async (values) => {
    const accounts = await findPeople(values);
    if (values['json'] === true) print({ users: accounts.map((account) => asJson(account)) });
    else if (accounts.length === 0) process.stdout.write(`${results().user.none}\n`);
    else {
      const rows = accounts.map((account) => [
        ...[account.username, account.name, account.disabled === undefined ? 'active' : 'disabled'],
        account.identities.map(({ environment, type, fhir_id: id }) => `${environment} ${type}/${id}`).join(', '),
      ]);
      process.stdout.write(table(['USER NAME', 'NAME', 'STATE', 'RECORDS'], rows));
    }
    return 0;
  },
};

function change(
  name: string,
  summary: string,
  act: (accounts: Accounts, username: string, why?: string) => Promise<Account>,
): Command {
  return {
    name,
    summary,
    argument: 'USER_NAME',
    options: { reason, json },
    run: async (values, username) => {
      const why = reasonOf(values);
      const account = await work(values, (accounts) => act(accounts, username, why));
      if (values['json'] === true) print(asJson(account));
      else {
        const { active, disabled } = results().user;
        process.stdout.write(`${(account.disabled === undefined ? active : disabled)({ user: account.username })}\n`);
      }
      return 0;
    },
  };
}

function administrator(name: 'user make-administrator' | 'user unmake-administrator', summary: string): Command {
  return {
    name,
    summary,
    argument: 'USER_NAME',
    options: { reason, json },
    examples: [`dhp ${name} aziza --reason 'order 12'`],
    run: async (values, username) => {
      const why = typeof values['reason'] === 'string' ? { reason: values['reason'] } : {};
      const isOne = name === 'user make-administrator';
      await withSso(values, async (sql) => {
        const administrators = openAdministrators(sql);
        await (isOne ? administrators.make(username, why) : administrators.unmake(username, why));
      });
      if (values['json'] === true) print({ username, administrator: isOne });
      else if (isOne) process.stdout.write(`${results().user.administers({ user: username })}\n`);
      else process.stdout.write(`${results().user.administersNot({ user: username })}\n`);
      return 0;
    },
  };
}

const makeOwner: Command = {
  name: 'user make-owner',
  summary: 'Make a member of an organisation of developers its owner',
  argument: 'USER_NAME',
  options: {
    organization: { type: 'string', value: 'ID', help: 'of the organisation of developers' },
    reason,
    json,
  },
  examples: ["dhp user make-owner lola --organization 5f0c1f6e-7a0b-4c1e-9d57-3f6f3b1f0a11 --reason 'order 12'"],
  run: async (values, username) => {
    const organization = textOf(values, 'organization');
    if (organization === undefined) throw new UsageError(results().usage.organization);
    // With the engine of the protocol, which no other command for people needs.
    const { openOwners } = await import('@dhp/applications');
    await withSso(values, (sql) => openOwners(sql).make(username, organization, { reason: reasonOf(values) }));
    if (values['json'] === true) print({ username, organization, role: 'owner' });
    else process.stdout.write(`${results().user.owns({ user: username, organization })}\n`);
    return 0;
  },
};

export const userCommands: readonly Command[] = [
  create,
  list,
  change('user disable', 'Disable the account of a person; all sessions end', (accounts, username, why) =>
    accounts.disable(username, why === undefined ? {} : { reason: why }),
  ),
  change('user enable', 'Enable a disabled account', (accounts, username) => accounts.enable(username)),
  setPassword,
  administrator('user make-administrator', 'Make a person administrator of the platform at the operators’ pages'),
  administrator('user unmake-administrator', 'End that a person is administrator of the platform'),
  makeOwner,
];
