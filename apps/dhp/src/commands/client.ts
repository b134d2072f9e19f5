/** `dhp client …`: the register of systems that may request tokens. A change takes effect at once in every running process. */
import { resourceTypes } from '@dhp/fhir-model';
import { ClientError } from '@dhp/clients/fields';
import { openClients, type Client, type Clients } from '@dhp/clients';
import { shownClient } from '@dhp/administration';
import { UsageError, type Command, type Values } from '../cli.ts';
import { results } from '../results.ts';
import { asJson, overview, printSecret, stateOf } from './client-output.ts';
import { givenIn, givenOfNew, registrationOptions } from './client-registration.ts';
import { card, print } from '../output.ts';
import { environment, environmentOf, everyPage, json, reason, reasonOf, textOf, withSso } from './shared.ts';

function work<T>(values: Values, act: (clients: Clients) => Promise<T>): Promise<T> {
  return withSso(values, (sql) => act(openClients(sql, { resourceTypes, ...why(values) })));
}

function why(values: Values): { reason?: string } {
  const given = reasonOf(values);
  return given === undefined ? {} : { reason: given };
}

/** The name, the grants and the scopes are before the options that every registration shares with a later change. */
function namedFirst(options: Command['options']): Command['options'] {
  const first = ['name', 'grant', 'scope'];
  return Object.fromEntries(Object.entries(options).filter(([name]) => first.includes(name)));
}

const create: Command = {
  name: 'client create',
  summary: 'Register a client and print its id and secret',
  options: {
    ...namedFirst(registrationOptions.create),
    environment,
    public: { type: 'boolean', help: 'an app in a browser or on a phone: no secret, PKCE instead' },
    ...registrationOptions.create,
    'client-id': { type: 'string', value: 'ID', help: 'an id of your own; default a random one' },
    reason,
    json,
  },
  examples: [
    "dhp client create --name 'My clinic' --grant authorization_code --redirect-uri https://clinic.uz/cb --scope 'openid fhirUser user/*.rs'",
    "dhp client create --name 'City laboratory' --scope 'system/*.cruds'",
    "dhp client create --name 'Registry' --scope 'system/*.rs' --jwks registry-keys.json",
    "dhp client create --name 'Registry' --scope 'system/Patient.rs' --environment production --json",
  ],
  run: async (values) => {
    const { client, secret } = await work(values, (clients) =>
      clients.create({
        ...{ name: '', grants: ['client_credentials'], scopes: [] },
        ...givenOfNew(values),
        environment: environmentOf(values),
        public: values['public'] === true,
        ...(typeof values['client-id'] === 'string' && { clientId: values['client-id'] }),
      }),
    );
    if (values['json']) print(asJson(client, secret));
    else printSecret(client, secret);
    return 0;
  },
};

const statuses = ['registered', 'approved', 'disabled'] as const;

const list: Command = {
  name: 'client list',
  summary: 'List the registered clients',
  options: {
    search: { type: 'string', value: 'TEXT', help: 'a part of the name or id' },
    environment: { ...environment, help: 'playground or production; default both' },
    status: { type: 'string', value: 'STATUS', help: 'registered (not approved), approved or disabled' },
    json,
  },
  examples: ['dhp client list --environment production --status registered'],
  run: async (values) => {
    const status = statuses.find((one) => one === values['status']);
    if (values['status'] !== undefined && status === undefined)
      throw new UsageError(
        results().usage.oneOf({ option: 'status', given: String(values['status']), values: statuses.join(', ') }),
      );
    const filter = {
      q: textOf(values, 'search'),
      environment: values['environment'] === undefined ? undefined : environmentOf(values),
      status,
    };
    const clients = await work(values, (store) => everyPage((page) => store.search({ ...filter, ...page })));
    if (values['json']) print({ clients: clients.map((client) => asJson(client)) });
    else process.stdout.write(overview(clients));
    return 0;
  },
};

const show: Command = {
  name: 'client show',
  summary: 'Show the whole registration of a client',
  argument: 'CLIENT_ID',
  options: { json },
  run: async (values, id) => {
    const client = await work(values, (clients) => clients.find(id));
    if (client === undefined) throw new ClientError('unknown-client', `There is no client "${id}"`);
    if (values['json'] === true) print(shownClient(client));
    else process.stdout.write(card(shownClient(client)));
    return 0;
  },
};

const changeRegistration: Command = {
  name: 'client change',
  summary: 'Change the registration of a client; what is not given stays',
  argument: 'CLIENT_ID',
  options: {
    ...registrationOptions.change,
    reason,
    json,
  },
  examples: [
    "dhp client change CLIENT_ID --scope 'system/Patient.rs system/Observation.crus' --reason 'contract 12'",
    'dhp client change CLIENT_ID --redirect-uri https://clinic.uz/cb,https://clinic.uz/other',
  ],
  run: async (values, id) => {
    if (!Object.keys(values).some((option) => option !== 'reason' && option !== 'json'))
      throw new UsageError(results().usage.nothingToChange({ command: 'client change' }));
    const client = await work(values, (clients) => clients.change(id, givenIn(values)));
    if (values['json'] === true) print(shownClient(client));
    else process.stdout.write(card(shownClient(client)));
    return 0;
  },
};

function change(name: string, summary: string, act: (clients: Clients, id: string) => Promise<Client>): Command {
  return {
    name,
    summary,
    argument: 'CLIENT_ID',
    options: { reason, json },
    run: async (values, id) => {
      const client = await work(values, (clients) => act(clients, id));
      if (values['json']) print(asJson(client));
      else process.stdout.write(`${results().client[stateOf(client)]({ client: client.clientId })}\n`);
      return 0;
    },
  };
}

const rotateSecret: Command = {
  name: 'client rotate-secret',
  summary: 'Give a client a new secret',
  argument: 'CLIENT_ID',
  options: {
    'keep-old': { type: 'boolean', help: 'the previous secret stays valid until the next rotation' },
    reason,
    json,
  },
  run: async (values, id) => {
    const { client, secret } = await work(values, (clients) =>
      clients.rotateSecret(id, { keepOld: values['keep-old'] === true }),
    );
    if (values['json']) print(asJson(client, secret));
    else printSecret(client, secret);
    return 0;
  },
};

export const clientCommands: readonly Command[] = [
  create,
  list,
  show,
  changeRegistration,
  change('client disable', 'Disable a client: it and its tokens are refused', (clients, id) => clients.disable(id)),
  change('client approve', 'Approve a client of production: it may ask for tokens', (clients, id) =>
    clients.approve(id),
  ),
  change('client enable', 'Enable a disabled client', (clients, id) => clients.enable(id)),
  rotateSecret,
  change('client drop-old-secret', 'End the secret that a rotation with --keep-old left valid', (clients, id) =>
    clients.dropOldSecret(id),
  ),
];
