/** Responses of the administration as JSON Schema: the OpenAPI description is made from them, and a test checks every response. */
import { accessSchemas } from './access-schemas.ts';
import { type ClientField, clientDetails, clientFields } from '@dhp/clients/fields';
import { personFields, policyFields } from '@dhp/accounts/fields';
import type { FieldKind } from '@dhp/sso-kit/fields';

/** The part of JSON Schema that the API uses. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly description?: string;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean;
}

const text: Schema = { type: 'string' };
const flag: Schema = { type: 'boolean' };
const count: Schema = { type: 'integer' };
const time: Schema = { type: 'string', format: 'date-time' };
const texts: Schema = { type: 'array', items: text };
const environment: Schema = { type: 'string', enum: ['playground', 'production'] };
const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });

/** An object with these members and no others. */
function object(required: Record<string, Schema>, optional: Record<string, Schema> = {}): Schema {
  const properties = { ...required, ...optional };
  return { type: 'object', required: Object.keys(required), properties, additionalProperties: false };
}

/** A page of a list: the total over all pages, and the value of `after` for the next page. */
function page(member: string, item: string): Schema {
  return object({ total: count, [member]: { type: 'array', items: ref(item) } }, { next: text });
}

const secret = (what: string): Schema => ({ ...text, description: `${what}: it is shown this once` });

const schemaOfField: Record<FieldKind, Schema> = {
  ...{ text, words: text, list: texts, emails: texts, flag, address: text, email: text },
  keys: { type: 'object' },
  picture: { ...text, description: 'the address of its picture, below the issuer' },
};

interface Shown {
  readonly json: string;
  readonly kind: FieldKind;
  readonly isNeeded?: true;
}

/** The fields of a declaration by their names in JSON. */
function schemasOf(
  fields: Readonly<Record<string, Shown>>,
  fits: (field: Shown) => boolean = () => true,
): Record<string, Schema> {
  return Object.fromEntries(
    Object.values(fields)
      .filter(fits)
      .map(({ json, kind }) => [json, schemaOfField[kind]]),
  );
}

const user = {
  sub: text,
  username: text,
  ...schemasOf(personFields, ({ isNeeded }) => isNeeded === true),
  identities: { type: 'array', items: object({ environment, reference: text }, { represents: text }) },
  created_at: time,
};
const userMore = {
  password: secret('made here'),
  invitation: secret('a link by which the person sets a password'),
  invitation_sent: flag,
  ...schemasOf(personFields, ({ isNeeded }) => isNeeded !== true),
  disabled_at: time,
  disabled_reason: text,
  password_expires_at: {
    ...time,
    description: 'of a password that an operator has set: the person chooses another one at its first use',
  },
};

const isAlwaysShown = ({ kind, omitsEmpty, isNeeded }: ClientField): boolean =>
  kind === 'text' ? isNeeded === true : omitsEmpty !== true && /^(?:words|list|flag)$/.test(kind);

/** The fields of a client by their names in JSON. */
function clientSchemas(fits: (field: ClientField) => boolean): Record<string, Schema> {
  const fields: ClientField[] = Object.values(clientFields);
  return Object.fromEntries(fields.filter(fits).map(({ json, kind }) => [json, schemaOfField[kind]]));
}
const { client_name = text, ...alwaysShown } = clientSchemas(isAlwaysShown);
const shownIfSet = clientSchemas((field) => !isAlwaysShown(field));
const details = Object.fromEntries(Object.values(clientDetails).map(({ json, kind }) => [json, schemaOfField[kind]]));

export const schemas = {
  Error: object({ error: text, error_description: text }),
  Client: object(
    {
      client_id: text,
      client_name,
      environment,
      status: { type: 'string', enum: ['registered', 'approved', 'disabled'] },
      ...alwaysShown,
      token_endpoint_auth_method: {
        type: 'string',
        enum: ['none', 'private_key_jwt', 'client_secret_basic', 'client_secret_post'],
      },
      live_secrets: count,
      created_at: time,
      updated_at: time,
    },
    {
      client_secret: secret('made here'),
      ...shownIfSet,
      ...details,
      registered_with: text,
      approved_at: time,
      approved_by: text,
      disabled_at: time,
      disabled_reason: text,
    },
  ),
  Clients: page('clients', 'Client'),
  RegistrationToken: object(
    {
      token_id: text,
      name: text,
      environment,
      scope: text,
      state: { type: 'string', enum: ['live', 'used-up', 'expired', 'ended'] },
      uses: count,
      max_uses: count,
      created_at: time,
      created_by: text,
      expires_at: time,
    },
    { token: secret('the token'), ended_at: time, ended_by: text },
  ),
  RegistrationTokens: page('registration_tokens', 'RegistrationToken'),
  User: object(user, userMore),
  Users: page('users', 'User'),
  Person: object(
    {
      ...user,
      signs_in_by: object({
        password: flag,
        codes: flag,
        recovery_codes_left: count,
        passkeys: count,
        links: { type: 'array', items: object({ upstream: text, linked_at: time }) },
      }),
    },
    { ...userMore, locked_until: time },
  ),
  Link: object({ link: text }),
  PaperCode: object({ code: secret('a code by which the person sets a password'), address: text, expires_at: time }),
  Unconfirmed: object({
    sub: text,
    username: text,
    name: text,
    links: { type: 'array', items: object({ upstream: text, linked_at: time }) },
    identities: user.identities,
  }),
  IdentitySources: object({
    identity_sources: {
      type: 'array',
      items: object({
        client_id: text,
        environment,
        resource_type: { type: 'string', enum: ['Patient', 'Practitioner'] },
        named_at: time,
        named_by: text,
        reason: text,
      }),
    },
  }),
  IdentityCase: object({
    case_id: text,
    sub: text,
    username: text,
    name: text,
    environment,
    kind: { type: 'string', enum: ['unproven', 'several', 'taken', 'lost'] },
    references: texts,
    opened_at: time,
  }),
  IdentityCases: page('identity_cases', 'IdentityCase'),
  UnconfirmedPeople: page('people', 'Unconfirmed'),
  Roles: object({
    roles: {
      type: 'array',
      items: object({ role: text, organization: text, scopes: texts }),
    },
  }),
  Session: object({
    session_id: text,
    username: text,
    began_at: time,
    last_used_at: time,
    address: { type: ['string', 'null'] },
    user_agent: { type: ['string', 'null'] },
    clients: texts,
  }),
  Sessions: page('sessions', 'Session'),
  Ended: object({ ended: count }),
  Key: object({
    kid: text,
    alg: { type: 'string', enum: ['ES256', 'RS256'] },
    state: { type: 'string', enum: ['published', 'signing', 'verifying'] },
    created_at: time,
    signs_from: time,
    retires_at: { type: ['string', 'null'], format: 'date-time' },
  }),
  Keys: object({ keys: { type: 'array', items: ref('Key') } }),
  Policy: object({ role: text, environment, ...schemasOf(policyFields), updated_at: time, updated_by: text }),
  AuditEvents: object({
    resourceType: text,
    type: text,
    link: { type: 'array', items: object({ relation: text, url: text }) },
    entry: {
      type: 'array',
      items: object({ resource: { type: 'object', description: 'an AuditEvent' }, search: object({ mode: text }) }),
    },
  }),
  ...accessSchemas,
  Policies: object({ policies: { type: 'array', items: ref('Policy') } }),
} satisfies Record<string, Schema>;

export type SchemaName = keyof typeof schemas;
