/**
 * `dhp registration-token …`: tokens with which programs register their clients (RFC 7591). A change takes effect at once in every running
 * process.
 */
import { resourceTypes } from '@dhp/fhir-model';
import { openRegistrationTokens, type RegistrationToken, type RegistrationTokens } from '@dhp/clients/registration';
import { shownRegistrationToken } from '@dhp/administration';
import type { Command, Values } from '../cli.ts';
import { results } from '../results.ts';
import { print, table } from '../output.ts';
import {
  environment,
  environmentOf,
  everyPage,
  json,
  reason,
  reasonOf,
  wholeNumber,
  withSso,
  words,
} from './shared.ts';

function work<T>(values: Values, act: (tokens: RegistrationTokens) => Promise<T>): Promise<T> {
  return withSso(values, (sql) => act(openRegistrationTokens(sql, { resourceTypes, reason: reasonOf(values) })));
}

const create: Command = {
  name: 'registration-token create',
  summary: 'Make a token for dynamic registration of clients, and print it',
  options: {
    name: { type: 'string', value: 'NAME', help: 'for whom it is', required: true },
    scope: {
      type: 'string',
      list: ' ',
      value: 'SCOPES',
      help: 'the most scopes that its clients may have, with spaces between',
      required: true,
    },
    environment,
    uses: { type: 'string', value: 'NUMBER', help: 'how many clients may be registered by it, 1 to 1000 (default 1)' },
    hours: { type: 'string', value: 'NUMBER', help: 'how long it is valid (default 24)' },
    reason,
    json,
  },
  examples: [
    "dhp registration-token create --name 'Clinic software' --scope 'openid fhirUser launch launch/patient patient/*.rs'",
    "dhp registration-token create --name 'Laboratories' --scope 'system/Observation.cru' --environment production --uses 20 --hours 168",
  ],
  run: async (values) => {
    const hours = wholeNumber(values, 'hours');
    const made = await work(values, (tokens) =>
      tokens.create({
        name: String(values['name']),
        environment: environmentOf(values),
        scopes: words(values['scope']),
        maxUses: wholeNumber(values, 'uses'),
        lifetime: hours === undefined ? undefined : hours * 3600,
      }),
    );
    const { registrationToken: one, secret } = made;
    if (values['json'] === true) print(shownRegistrationToken(one, secret));
    else {
      const { covers, keep } = results().registrationToken;
      const permitted = covers({ environment: one.environment, uses: one.maxUses, scopes: one.scopes.join(' ') });
      process.stdout.write(
        `token id  ${one.tokenId}\ntoken     ${secret}\nfor       ${permitted}\n` +
          `until     ${one.expires.toISOString()}\n\n${keep}\n`,
      );
    }
    return 0;
  },
};

const columns = ['TOKEN ID', 'NAME', 'ENVIRONMENT', 'STATE', 'USES', 'EXPIRES', 'SCOPE'];

function row(one: RegistrationToken): string[] {
  const uses = `${String(one.uses)}/${String(one.maxUses)}`;
  return [one.tokenId, one.name, one.environment, one.state, uses, one.expires.toISOString(), one.scopes.join(' ')];
}

const list: Command = {
  name: 'registration-token list',
  summary: 'List the tokens for dynamic registration, the newest first',
  options: { json },
  run: async (values) => {
    const items = await work(values, (tokens) => everyPage((page) => tokens.search(page)));
    if (values['json'] === true) print({ registration_tokens: items.map((one) => shownRegistrationToken(one)) });
    else if (items.length === 0) process.stdout.write(`${results().registrationToken.none}\n`);
    else process.stdout.write(table(columns, items.map(row)));
    return 0;
  },
};

function single(
  name: string,
  summary: string,
  act: (tokens: RegistrationTokens, id: string) => Promise<RegistrationToken>,
): Command {
  return {
    name,
    summary,
    argument: 'TOKEN_ID',
    options: { ...(name.endsWith(' show') ? {} : { reason }), json },
    run: async (values, id) => {
      const one = await work(values, (tokens) => act(tokens, id));
      if (values['json'] === true) print(shownRegistrationToken(one));
      else process.stdout.write(table(columns, [row(one)]));
      return 0;
    },
  };
}

export const registrationTokenCommands: readonly Command[] = [
  create,
  list,
  single('registration-token show', 'Show one token for dynamic registration', (tokens, id) => tokens.find(id)),
  single('registration-token end', 'End a token for dynamic registration; its clients stay', (tokens, id) =>
    tokens.end(id),
  ),
];
