/**
 * Clients that register themselves (RFC 7591), and read, change and end their registration (RFC 7592). Their rights are limited by the
 * registration token that an operator gave; in production an operator approves them, and again when they are widened.
 */
import { randomUUID } from 'node:crypto';
import type { Session, Sql } from '@dhp/postgres';
import { isWithin } from '../registry/approval.ts';
import { newClientSecret, newSecret, hashClientSecret, secretMatches } from '../authentication/client-secret.ts';
import { toClient, valuesOf, type Client } from '../registry/client.ts';
import type { ClientField } from '../fields/client-field.ts';
import { clientFields, fieldNames, type ClientValues, type FieldName } from '../fields/client-fields.ts';
import { validateNewClient, type ValidClient } from '../registry/validate.ts';
import { usableKeys } from '../fields/validate-keys.ts';
import { faultForStrangers, type Outbound } from '@dhp/outbound';
import { insertAuditEvents, type AuditEvent } from '@dhp/audit';
import { insertClient, updateRegistration, updateWidened } from '../store/client-changes.ts';
import { hasKeys, type ClientRow } from '../store/clients.ts';
import {
  isRegistrationToken,
  selectLiveRegistrationToken,
  selectSelfRegistered,
  takeRegistrationTokenUse,
  updateDeregistered,
  updateRegistrationHash,
} from '../store/registration-tokens.ts';
import { insertRevocation } from '@dhp/grants/artifacts';
import { MetadataError, readMetadata, type SelfDescription } from './metadata.ts';
import { nextRegistrationToken, repeatMilliseconds } from './tokens.ts';
import { transact } from '@dhp/sso-kit';

export interface RegistrationsOptions {
  sql: Sql;
  clock: () => Date;
  resourceTypes: readonly string[] | undefined;
  /** 32 bytes: the tokens that changes give are made with it. */
  key: Buffer;
  /** Keys at a jwks_uri are looked at before the client is registered. */
  outbound: Outbound;
}

type Metadata = Readonly<Record<string, unknown>>;

/** The caller: the token as sent, and the network address. */
export interface Asker {
  token: string;
  address: string | undefined;
}

/**
 * Each resolves to undefined if the token is not valid: it is unknown, used up, expired or ended, or the client is disabled.
 * @throws MetadataError, InputError or ClientError for invalid metadata, with a message for the registering party
 */
export interface Registrations {
  register(
    asker: Asker,
    given: Metadata,
  ): Promise<{ client: Client; secret: string | undefined; accessToken: string } | undefined>;
  read(clientId: string, asker: Asker): Promise<Client | undefined>;
  /**
   * Replaces the whole registration. @returns another registration access token too. The previous one becomes invalid, except that the same
   * change, repeated with it within an hour, gets the same answer
   */
  replace(
    clientId: string,
    asker: Asker,
    given: Metadata,
  ): Promise<{ client: Client; accessToken: string } | undefined>;
  /** Whether it is or was a registration token. */
  knows(token: string): Promise<boolean>;
  /** Disables the client and ends its tokens. @returns whether the token belongs to it */
  remove(clientId: string, asker: Asker): Promise<boolean>;
}

interface Parts extends RegistrationsOptions {
  types: ReadonlySet<string> | undefined;
}

interface Replaced {
  client: Client;
  accessToken: string;
}

export function openRegistrations(options: RegistrationsOptions): Registrations {
  const { sql, resourceTypes } = options;
  const parts: Parts = { ...options, types: resourceTypes && new Set(resourceTypes) };
  return {
    register: (asker, given) => register(parts, asker, given),
    knows: (token) => isRegistrationToken(sql, hashClientSecret(token)),
    async read(clientId, { token }) {
      const row = await selectSelfRegistered(sql, clientId, hashClientSecret(token));
      return row && toClient(row);
    },
    replace: (clientId, asker, given) => replace(parts, { clientId, asker }, given),
    remove: (clientId, asker) => remove(parts, clientId, asker),
  };
}

async function register(
  parts: Parts,
  { token, address }: Asker,
  given: Metadata,
): Promise<{ client: Client; secret: string | undefined; accessToken: string } | undefined> {
  const { sql, clock, outbound } = parts;
  const found = await selectLiveRegistrationToken(sql, hashClientSecret(token), clock());
  if (found === undefined) return undefined;
  const { environment, token_id: tokenId, scopes: scopeLimit } = found;
  const asked = readMetadata(given, scopeLimit);
  const valid = validateNewClient({ ...asked, environment }, parts.types);
  await checkKeys(outbound, valid.jwksUri);
  const clientId = randomUUID();
  const [secret, access] = [newClientSecret(), newSecret('dhpr_')];
  const needsSecret = !valid.public && asked.jwks === undefined && asked.jwksUri === undefined;
  const actor = `registration-token:${tokenId}`;
  return transact(sql, async (transaction) => {
    if (!(await takeRegistrationTokenUse(transaction, tokenId, clock()))) return undefined;
    const row = await insertClient(transaction, {
      ...valid,
      clientId,
      secretHash: needsSecret ? secret.hash : null,
      approvedBy: undefined,
      createdBy: actor,
      registration: { tokenId, scopeLimit, hash: access.hash },
      now: clock(),
    });
    await record(parts, transaction, { event: 'client.created', clientId, address, actor });
    return {
      client: toClient(row!),
      secret: needsSecret ? secret.secret : undefined,
      accessToken: access.secret,
    };
  });
}

async function replace(
  parts: Parts,
  { clientId, asker: { token, address } }: { clientId: string; asker: Asker },
  given: Metadata,
): Promise<Replaced | undefined> {
  const { sql, clock, outbound } = parts;
  const used = hashClientSecret(token);
  const next = nextRegistrationToken(parts.key, { clientId, token, given });
  const seen = await selectSelfRegistered(sql, clientId, used);
  if (seen === undefined) return repeated(parts, clientId, next, address);
  const { jwksUri } = wholeOf(parts, seen, given);
  if (jwksUri !== seen.jwks_uri) await checkKeys(outbound, jwksUri);
  const changed = await transact(sql, async (transaction) => {
    if (!(await updateRegistrationHash(transaction, { clientId, used, next: next.hash }))) return undefined;
    // The row is locked now: if an operator was faster, that act takes effect, as the kept values and the limit of scopes are read again.
    const known = (await selectSelfRegistered(transaction, clientId, next.hash))!;
    const { environment } = known;
    const valid = wholeOf(parts, known, given);
    let row = await updateRegistration(transaction, clientId, { ...valid, scopeLimit: undefined, now: clock() });
    const grows = row!.approved_at !== null && environment === 'production' && !isWithin(known, valid);
    if (grows) row = await updateWidened(transaction, clientId, `client:${clientId}`);
    const reason = grows ? 'by itself; it waits for approval anew' : 'by itself';
    await record(parts, transaction, changedBySelf(clientId, address, reason));
    return { client: toClient(row!), accessToken: next.secret };
  });
  return changed ?? repeated(parts, clientId, next, address);
}

/**
 * The whole registration of the client that results from these members.
 * @throws MetadataError, InputError or ClientError for invalid members
 */
function wholeOf({ types }: Parts, known: ClientRow, given: Metadata): ValidClient {
  checkIdentity(known, given);
  const asked = readMetadata(given, known.scope_limit ?? known.scopes);
  checkKind(known, asked);
  return validateNewClient({ ...asked, ...keptOf(known), environment: known.environment }, types);
}

/** Returns the answer of a change that was already made, if it is sent again. */
async function repeated(
  parts: Parts,
  clientId: string,
  next: { secret: string; hash: Buffer },
  address: string | undefined,
): Promise<Replaced | undefined> {
  const { sql, clock } = parts;
  const row = await selectSelfRegistered(sql, clientId, next.hash);
  if (row === undefined || row.updated_at.getTime() + repeatMilliseconds <= clock().getTime()) return undefined;
  const reason = 'by itself; sent again: its answer was given again';
  await record(parts, sql, changedBySelf(clientId, address, reason));
  return { client: toClient(row), accessToken: next.secret };
}

function remove(parts: Parts, clientId: string, { token, address }: Asker): Promise<boolean> {
  const { sql, clock } = parts;
  const used = hashClientSecret(token);
  return transact(sql, async (transaction) => {
    if (!(await updateDeregistered(transaction, { clientId, used, now: clock() }))) return false;
    await insertRevocation(transaction, `client:${clientId}`, clock());
    const actor = `client:${clientId}`;
    await record(parts, transaction, { event: 'client.deregistered', clientId, address, actor });
    return true;
  });
}

type Recorded = Pick<AuditEvent, 'event' | 'clientId' | 'actor' | 'reason' | 'address'>;

function changedBySelf(clientId: string, address: string | undefined, reason: string): Recorded {
  return { event: 'client.changed', clientId, address, reason, actor: `client:${clientId}` };
}

function record({ clock }: Parts, session: Session, event: Recorded): Promise<void> {
  return insertAuditEvents(session, [{ ...event, recorded: clock() }]);
}

/** Fetches the keys now, so that the registering client learns of a fault before its first token request. */
async function checkKeys(outbound: Outbound, jwksUri: string | undefined): Promise<void> {
  if (jwksUri === undefined) return;
  const wrong = (why: string): MetadataError =>
    new MetadataError('invalid_client_metadata', `jwks_uri has no usable keys now: ${why}`);
  const answer = await outbound(jwksUri, { method: 'GET', headers: { accept: 'application/json' } }).catch(
    (error: unknown) => error as Error,
  );
  if (answer instanceof Error) throw wrong(faultForStrangers(answer));
  if (answer.status !== 200) throw wrong(`it answered ${String(answer.status)}`);
  try {
    if (usableKeys(JSON.parse(answer.body)).length > 0) return;
  } catch {
    throw wrong('its answer is not a key set of public keys');
  }
  throw wrong('no key is RSA of 2048 bits or more, or EC on P-384');
}

/** RFC 7592 section 2.2: a client cannot choose its identity. */
function checkIdentity(known: ClientRow, given: Metadata): void {
  const wrong = (message: string): MetadataError => new MetadataError('invalid_client_metadata', message);
  if (given['client_id'] !== known.client_id) throw wrong('client_id is missing, or not the one of this registration');
  const fixed = [
    'registration_access_token',
    'registration_client_uri',
    'client_secret_expires_at',
    'client_id_issued_at',
  ];
  const sent = fixed.find((name) => given[name] !== undefined);
  if (sent !== undefined) throw wrong(`${sent} is not sent back: this server says it (RFC 7592 section 2.2)`);
  const secret = given['client_secret'];
  if (secret === undefined || secret === null) return;
  if (typeof secret === 'string' && secretMatches(secret, [known.secret_hash, known.previous_secret_hash])) return;
  throw wrong('client_secret is not the one of this client: it is made here, leave it out');
}

/** The values that the client cannot change: those that are ignored in its metadata, and requirements that an operator has set. */
function keptOf(known: ClientRow): Partial<ClientValues> {
  const values = valuesOf(known);
  const isKept = (name: FieldName): boolean => {
    const { registrant }: ClientField = clientFields[name];
    return registrant === 'ignored' || (registrant === 'keeps' && values[name] === true);
  };
  return Object.fromEntries(fieldNames.filter(isKept).map((name) => [name, values[name]]));
}

function checkKind(known: ClientRow, asked: SelfDescription): void {
  const isSame =
    known.public === asked.public && hasKeys(known) === (asked.jwks !== undefined || asked.jwksUri !== undefined);
  if (isSame) return;
  const cure = 'register another client for that';
  throw new MetadataError(
    'invalid_client_metadata',
    `token_endpoint_auth_method does not change between a secret, keys and none: ${cure}`,
  );
}
