/** `dhp client …`: the register of systems that may ask for tokens. A change counts at once in every running process. */
import { readFileSync } from 'node:fs';
import { resourceTypes } from '@dhp/fhir-model';
import {
  ClientError,
  logoOf,
  openClients,
  shownClient,
  type Client,
  type ClientChange,
  type Clients,
  type NewClient,
} from '@dhp/sso/administration';
import { UsageError, type Command, type Values } from '../cli.ts';
import {
  card,
  environment,
  environmentOf,
  everyPage,
  json,
  print,
  reason,
  reasonOf,
  table,
  textOf,
  withSso,
  words,
} from './shared.ts';

/** Names are those of RFC 7591, so that the object can be used wherever a registration response can. */
function asJson(client: Client, secret?: string): Record<string, unknown> {
  return {
    client_id: client.clientId,
    ...(secret !== undefined && { client_secret: secret }),
    client_name: client.name,
    grant_types: client.grants,
    scope: client.scopes.join(' '),
    ...(client.redirectUris.length > 0 && { redirect_uris: client.redirectUris }),
    ...(client.public && { token_endpoint_auth_method: 'none' }),
    ...(client.hasKeys && { token_endpoint_auth_method: 'private_key_jwt' }),
    ...(client.jwksUri !== undefined && { jwks_uri: client.jwksUri }),
    environment: client.environment,
    disabled: client.disabled !== undefined,
    created_at: client.created.toISOString(),
  };
}

function work<T>(values: Values, act: (clients: Clients) => Promise<T>): Promise<T> {
  return withSso(values, (sql) => act(openClients(sql, { resourceTypes, ...why(values) })));
}

function why(values: Values): { reason?: string } {
  const given = reasonOf(values);
  return given === undefined ? {} : { reason: given };
}

function printSecret(client: Client, secret: string | undefined): void {
  if (secret === undefined) {
    const how = client.hasKeys
      ? 'It has no secret: it signs an assertion with its key (private_key_jwt).'
      : 'A public client: it has no secret and uses PKCE.';
    process.stdout.write(`client_id      ${client.clientId}\n${how}\n`);
    return;
  }
  process.stdout.write(
    `client_id      ${client.clientId}\nclient_secret  ${secret}\n` +
      `environment    ${client.environment}\nscope          ${client.scopes.join(' ')}\n\n` +
      'Keep the secret now: only its hash is stored, so it cannot be shown again.\n',
  );
}

/** @throws UsageError when it cannot be read */
function readBytes(option: string, file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new UsageError(`${option} ${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** @throws UsageError when it cannot be read or is not JSON; whether it is a key set is for the register to say */
function readKeySet(file: string): unknown {
  const bytes = readBytes('--jwks', file);
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    throw new UsageError(`--jwks ${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** What a registration says, and may say otherwise later. */
const registrationOptions: Command['options'] = {
  'redirect-uri': { type: 'string', value: 'URIS', help: 'where people go back to after they signed in' },
  'minimal-authorize': { type: 'boolean', help: 'client_id and redirect_uri alone make an authorization request' },
  'post-logout-redirect-uri': { type: 'string', value: 'URIS', help: 'where people may go after they signed out' },
  'backchannel-logout-uri': { type: 'string', value: 'URL', help: 'where it is told that somebody signed out' },
  dpop: { type: 'boolean', help: 'its access tokens are always bound to a key of its own (DPoP)' },
  'hex-challenge': { type: 'boolean', help: 'its code_challenge may be SHA-256 in hexadecimal' },
  jwks: { type: 'string', value: 'FILE', help: 'its public keys (a key set): it signs assertions and has no secret' },
  'jwks-uri': { type: 'string', value: 'URL', help: 'where it publishes its public keys' },
  'initiate-login-uri': { type: 'string', value: 'URL', help: 'where software of health workers launches it (SMART)' },
  'client-uri': { type: 'string', value: 'URL', help: 'a page about it' },
  'logo-uri': { type: 'string', value: 'URL', help: 'where it publishes its picture' },
  logo: { type: 'string', value: 'FILE', help: 'its picture on the pages: PNG, JPEG or WebP, 40 KiB at most' },
  'sign-in-method': {
    type: 'string',
    value: 'METHODS',
    help: 'how people may sign in for it: password, passkey, ids of identity systems such as oneid; default all',
  },
  'policy-uri': { type: 'string', value: 'URL', help: 'what it does with data' },
  'tos-uri': { type: 'string', value: 'URL', help: 'its terms' },
  contact: { type: 'string', value: 'ADDRESSES', help: 'e-mail addresses of who answers for it' },
};

/** What of it is given. */
function givenIn(values: Values): ClientChange {
  const lists = {
    redirectUris: 'redirect-uri',
    postLogoutRedirectUris: 'post-logout-redirect-uri',
    signInMethods: 'sign-in-method',
  };
  const flags = { minimalAuthorize: 'minimal-authorize', hexChallenge: 'hex-challenge', dpopBound: 'dpop' };
  const texts = { jwksUri: 'jwks-uri', backchannelLogoutUri: 'backchannel-logout-uri' };
  const keys = textOf(values, 'jwks');
  const logo = textOf(values, 'logo');
  const details = {
    ...given(['client-uri', 'logo-uri', 'policy-uri', 'tos-uri', 'initiate-login-uri'], values),
    ...(values['contact'] === undefined ? {} : { contacts: words(values['contact']) }),
  };
  const pick = <T>(options: Record<string, string>, read: (value: string | boolean) => T): Record<string, T> =>
    Object.fromEntries(
      Object.entries(options).flatMap(([name, option]) => {
        const value = values[option];
        return value === undefined ? [] : [[name, read(value)]];
      }),
    );
  return {
    ...pick(lists, words),
    ...pick(flags, (value) => value === true),
    ...pick(texts, String),
    ...(keys === undefined ? {} : { jwks: readKeySet(keys) }),
    ...(logo === undefined ? {} : { logo: logoOf(readBytes('--logo', logo)) }),
    details,
  };
}

/** Options whose names with `_` are those of RFC 7591. */
function given(names: readonly string[], values: Values): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const text = textOf(values, name);
      return text === undefined ? [] : [[name.replaceAll('-', '_'), text]];
    }),
  );
}

const create: Command = {
  name: 'client create',
  summary: 'Register a system and print its client id and secret',
  options: {
    name: { type: 'string', value: 'NAME', help: 'what people call the system', required: true },
    grant: {
      type: 'string',
      value: 'GRANTS',
      help: 'client_credentials (the default), authorization_code, refresh_token',
    },
    scope: {
      type: 'string',
      value: 'SCOPES',
      help: "SMART scopes it may ask for, such as 'system/*.cruds'",
      required: true,
    },
    environment,
    public: { type: 'boolean', help: 'an app in a browser or on a phone: no secret, PKCE instead' },
    ...registrationOptions,
    'client-id': { type: 'string', value: 'ID', help: 'an id of your own; default a random one' },
    json,
  },
  examples: [
    "dhp client create --name 'My clinic' --grant authorization_code --redirect-uri https://clinic.uz/cb --scope 'openid fhirUser user/*.rs'",
    "dhp client create --name 'City laboratory' --scope 'system/*.cruds'",
    "dhp client create --name 'Registry' --scope 'system/*.rs' --jwks registry-keys.json",
    "dhp client create --name 'Registry' --scope 'system/Patient.rs' --environment production --json",
  ],
  run: async (values) => {
    const grants = words(values['grant']);
    const { client, secret } = await work(values, (clients) =>
      clients.create({
        name: String(values['name']),
        grants: grants.length > 0 ? grants : ['client_credentials'],
        scopes: words(values['scope']),
        environment: environmentOf(values),
        public: values['public'] === true,
        ...(givenIn(values) as Partial<NewClient>),
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
  summary: 'Show the registered systems',
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
      throw new UsageError(`--status ${String(values['status'])}: one of ${statuses.join(', ')}.`);
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
  summary: 'Show all that is registered of one system',
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
  summary: 'Change what is registered of a system; what is not given stays',
  argument: 'CLIENT_ID',
  options: {
    name: { type: 'string', value: 'NAME', help: 'what people call the system' },
    grant: { type: 'string', value: 'GRANTS', help: 'all grants that it has from now on' },
    scope: { type: 'string', value: 'SCOPES', help: 'all scopes that it has from now on' },
    ...registrationOptions,
    reason,
    json,
  },
  examples: [
    "dhp client change CLIENT_ID --scope 'system/Patient.rs system/Observation.crus' --reason 'contract 12'",
    'dhp client change CLIENT_ID --redirect-uri https://clinic.uz/cb,https://clinic.uz/other',
  ],
  run: async (values, id) => {
    const name = textOf(values, 'name');
    const wanted = {
      ...givenIn(values),
      ...(name === undefined ? {} : { name }),
      ...(values['grant'] === undefined ? {} : { grants: words(values['grant']) }),
      ...(values['scope'] === undefined ? {} : { scopes: words(values['scope']) }),
    };
    if (!Object.keys(values).some((option) => option !== 'reason' && option !== 'json'))
      throw new UsageError('Nothing is to be changed. See: dhp client change --help');
    const client = await work(values, (clients) => clients.change(id, wanted));
    if (values['json'] === true) print(shownClient(client));
    else process.stdout.write(card(shownClient(client)));
    return 0;
  },
};

function overview(clients: readonly Client[]): string {
  if (clients.length === 0) return 'No client is registered. dhp client create --help tells how to make one.\n';
  const rows = clients.map((client) => [
    ...[client.clientId, client.name, client.environment, stateOf(client), client.scopes.join(' ')],
  ]);
  return table(['CLIENT ID', 'NAME', 'ENVIRONMENT', 'STATE', 'SCOPE'], rows);
}

/** In production a client works when it is approved, in the playground at once. */
function stateOf(client: Client): string {
  if (client.disabled !== undefined) return 'disabled';
  return client.environment === 'production' && client.approved === undefined ? 'registered' : 'active';
}

function change(name: string, summary: string, act: (clients: Clients, id: string) => Promise<Client>): Command {
  return {
    name,
    summary,
    argument: 'CLIENT_ID',
    options: { reason, json },
    run: async (values, id) => {
      const client = await work(values, (clients) => act(clients, id));
      if (values['json']) print(asJson(client));
      else process.stdout.write(`${client.clientId} is ${stateOf(client)}.\n`);
      return 0;
    },
  };
}

const rotateSecret: Command = {
  name: 'client rotate-secret',
  summary: 'Give a system a new secret',
  argument: 'CLIENT_ID',
  options: { 'keep-old': { type: 'boolean', help: 'the secret of before stays valid until the next rotation' }, json },
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
  change('client disable', 'Refuse a system from now on, and its tokens', (clients, id) => clients.disable(id)),
  change('client approve', 'Let a client of production ask for tokens', (clients, id) => clients.approve(id)),
  change('client enable', 'Let a disabled system in again', (clients, id) => clients.enable(id)),
  rotateSecret,
  change('client drop-old-secret', 'End the secret that a rotation with --keep-old left valid', (clients, id) =>
    clients.dropOldSecret(id),
  ),
];
