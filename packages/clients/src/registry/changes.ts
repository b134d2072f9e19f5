/** Acts that change a client: each in one transaction with its audit event. */
import { randomUUID } from 'node:crypto';
import type { Session, Sql } from '@dhp/postgres';
import { insertAuditEvents, type AuditEvent } from '@dhp/audit';
import { endAllOfClient } from '@dhp/grants';
import { insertRevocation } from '@dhp/grants/artifacts';
import { newClientSecret } from '../authentication/client-secret.ts';
import { ClientError } from '../fields/client-error.ts';
import type { ClientField } from '../fields/client-field.ts';
import {
  clientFields,
  fieldNames,
  type ChangedClientValues,
  type ClientDetails,
  type DetailsChange,
} from '../fields/client-fields.ts';
import type { Logo } from '../logos/logo.ts';
import {
  insertClient,
  lockClient,
  updateApproved,
  updateDisabled,
  updateEnabled,
  updateRegistration,
  updateWidened,
} from '../store/client-changes.ts';
import { deleteUnusedLogo, insertLogo, lockLogos } from '../store/client-logos.ts';
import { hasKeys, selectClient, type ClientRow } from '../store/clients.ts';
import { insertCustody } from '../store/custody.ts';
import { insertSecretEnd } from '../store/secret-ends.ts';
import { isWithin } from './approval.ts';
import { toClient, valuesOf, type Client } from './client.ts';
import { validateNewClient, type NewClient } from './validate.ts';
import { transact } from '@dhp/sso-kit';

export type ClientChange = ChangedClientValues & {
  details?: DetailsChange;
  logo?: Logo | null;
};

/** The actor of a change, with the database and the reason given. */
export interface ChangeBy {
  readonly sql: Sql;
  readonly actor: string;
  /** The actor, if the act also approves what it creates or widens. */
  readonly approvedBy: string | undefined;
  /** Resource types that a scope may name; undefined: every well-formed name. */
  readonly types: ReadonlySet<string> | undefined;
  readonly clock: () => Date;
  readonly reason: string | undefined;
  /** Lifetime of a new secret in seconds; undefined: it does not expire. */
  readonly secretSeconds: number | undefined;
  /** Refuses a change by throwing; called while the client is locked. */
  readonly requirePermitted: ((transaction: Session) => Promise<void>) | undefined;
}

export interface ChangeOfClient {
  clientId: string;
  event: AuditEvent['event'];
  /** Reason of this act, which takes precedence over the actor's general reason. */
  reason?: string | undefined;
}

/** @throws ClientError when the update finds no client */
export async function changeClient(
  by: ChangeBy,
  { clientId, event, reason }: ChangeOfClient,
  update: (transaction: Session, now: Date) => Promise<ClientRow | undefined>,
): Promise<Client> {
  const now = by.clock();
  const row = await transact(by.sql, async (transaction) => {
    await lockClient(transaction, clientId);
    await by.requirePermitted?.(transaction);
    const changed = await update(transaction, now);
    if (changed === undefined) throw new ClientError('unknown-client', `There is no client "${clientId}"`);
    const why = [reason, by.reason === reason ? undefined : by.reason].filter((one) => one !== undefined).join(': ');
    const reasonGiven = why === '' ? undefined : why;
    const audit: AuditEvent = { recorded: now, event, clientId, actor: by.actor, reason: reasonGiven };
    await insertAuditEvents(transaction, [audit]);
    return changed;
  });
  return toClient(row);
}

/** Writes something that belongs to a new client, in its transaction. */
export type Beside = (transaction: Session, client: Client) => Promise<void>;

export async function createClient(
  by: ChangeBy,
  o: NewClient,
  beside?: Beside,
): Promise<{ client: Client; secret: string | undefined }> {
  const { actor, approvedBy } = by;
  const valid = validateNewClient(o, by.types);
  const clientId = valid.clientId ?? randomUUID();
  const { secret, hash } = newClientSecret();
  const client = await changeClient(by, { clientId, event: 'client.created' }, async (transaction, now) => {
    const needsSecret = !valid.public && valid.jwks === undefined && valid.jwksUri === undefined;
    const secretHash = needsSecret ? hash : null;
    if (o.logo !== undefined) {
      await lockLogos(transaction);
      await insertLogo(transaction, o.logo);
    }
    const row = await insertClient(transaction, {
      ...valid,
      ...(o.logo === undefined ? {} : { logoSha256: o.logo.sha256 }),
      clientId,
      secretHash,
      approvedBy,
      createdBy: actor,
      now,
    });
    if (row === undefined) throw new ClientError('client-exists', `The client id "${clientId}" is taken`);
    await insertCustody(transaction, { subject: `client:${clientId}`, holder: actor, now });
    if (secretHash !== null) await endSecret(transaction, by, { clientId, secretHash, now });
    await beside?.(transaction, toClient(row));
    return row;
  });
  return { client, secret: client.liveSecrets === 0 ? undefined : secret };
}

/** Notes when a new secret expires, if secrets of this registry expire. */
export async function endSecret(
  transaction: Session,
  { secretSeconds }: ChangeBy,
  o: { clientId: string; secretHash: Buffer; now: Date },
): Promise<void> {
  if (secretSeconds === undefined) return;
  await insertSecretEnd(transaction, { ...o, ends: new Date(o.now.getTime() + secretSeconds * 1000) });
}

export function approveClient(by: ChangeBy, clientId: string, unchangedSince: Date | undefined): Promise<Client> {
  return changeClient(by, { clientId, event: 'client.approved' }, async (tx, now) => {
    const row = await updateApproved(tx, clientId, { approvedBy: by.actor, unchangedSince, now });
    if (row === undefined && (await selectClient(tx, clientId)) !== undefined)
      throw new ClientError('client-changed', `"${clientId}" was changed meanwhile: look at what it is now`);
    return row;
  });
}

export async function disableClient(by: ChangeBy, clientId: string, reason: string | undefined): Promise<Client> {
  const client = await changeClient(by, { clientId, event: 'client.disabled', reason }, async (tx, now) => {
    // Enabling it later must not admit holders of earlier tokens.
    await endAllOfClient(tx, clientId, now);
    return updateDisabled(tx, clientId, reason, now);
  });
  // Until the commit, requests found the client enabled: their tokens are newer than the revocation in the transaction.
  await insertRevocation(by.sql, `client:${clientId}`, by.clock());
  return client;
}

export function enableClient(by: ChangeBy, clientId: string): Promise<Client> {
  return changeClient(by, { clientId, event: 'client.enabled' }, async (tx, now) => {
    const known = await selectClient(tx, clientId);
    // A request that began earlier may have written something since the client was disabled.
    if (known?.disabled_at) await endAllOfClient(tx, clientId, now);
    return updateEnabled(tx, clientId, now);
  });
}

export function changeRegistration(by: ChangeBy, clientId: string, o: ClientChange): Promise<Client> {
  return changeClient(by, { clientId, event: 'client.changed' }, async (tx, now) => {
    const row = await selectClient(tx, clientId);
    if (row === undefined) return undefined;
    const { logoSha256: logoBefore, ...checked } = validateNewClient(changed(row, o), by.types);
    const logo = o.logo === undefined ? logoBefore : o.logo?.sha256;
    const valid = { ...checked, ...(logo === undefined ? {} : { logoSha256: logo }) };
    if (hasKeys(row) !== (valid.jwks !== undefined || valid.jwksUri !== undefined)) {
      const cure = 'register another client for that';
      throw new ClientError(
        'invalid-combination',
        `Keys do not take the place of a secret, nor a secret that of keys: ${cure}`,
      );
    }
    if (o.logo || row.logo_sha256 !== null) await lockLogos(tx);
    if (o.logo) await insertLogo(tx, o.logo);
    // A client that registered itself cannot regain scopes that an operator removed.
    const isLimited = row.scope_limit !== null && o.scopes !== undefined;
    const scopeLimit = isLimited ? valid.scopes : undefined;
    const updated = await updateRegistration(tx, clientId, { ...valid, scopeLimit, now });
    if (row.logo_sha256 !== null) await deleteUnusedLogo(tx, row.logo_sha256);
    if ((o.jwks ?? o.jwksUri ?? undefined) !== undefined)
      await insertCustody(tx, { subject: `client:${clientId}`, holder: by.actor, now });
    const isApproved = by.approvedBy !== undefined || row.environment !== 'production';
    if (isApproved || isWithin(row, valid)) return updated;
    return updateWidened(tx, clientId, by.actor);
  });
}

/**
 * The registration after the change. New keys replace the previous ones, in whichever field those are.
 * @throws ClientError for null in place of a value that cannot be removed
 */
function changed(row: ClientRow, { details, logo: _logo, ...o }: ClientChange): NewClient {
  const { jwks, jwksUri, ...before } = valuesOf(row);
  const isRekeyed = (o.jwks ?? o.jwksUri ?? undefined) !== undefined;
  const all: Record<string, unknown> = { ...before, ...(isRekeyed ? {} : { jwks, jwksUri }) };
  for (const name of fieldNames) {
    const { json, stays }: ClientField = clientFields[name];
    const value = (o as Record<string, unknown>)[name];
    if (stays === true && value === null && all[name] !== undefined)
      throw new ClientError('invalid-combination', `${json} is changed and not taken away`);
    if (value !== undefined) all[name] = value;
  }
  return {
    ...(Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null)) as unknown as typeof before),
    environment: row.environment,
    public: row.public,
    details: changedDetails(row.details, details),
  };
}

export function changedDetails(before: ClientDetails, change: DetailsChange = {}): ClientDetails {
  const all = Object.entries({ ...before, ...change });
  return Object.fromEntries(all.filter(([, value]) => value !== null));
}
