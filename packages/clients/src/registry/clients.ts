/** Registration and administration of clients: used by the command line, the start-up and the admin API. */
import { randomUUID } from 'node:crypto';
import type { Session, Sql } from '@dhp/postgres';
import {
  insertClient,
  updateDisabled,
  updateApproved,
  updateDropPreviousSecret,
  updateEnabled,
  updateRegistration,
  updateSecret,
  updateWidened,
} from '../store/client-changes.ts';
import {
  selectClient,
  selectClientPage,
  selectClients,
  selectSecretMaker,
  hasKeys,
  type ClientFilter,
  type ClientRow,
} from '../store/clients.ts';
import { deleteUnusedLogo, insertLogo } from '../store/client-logos.ts';
import { insertAuditEvents, type AuditEvent } from '@dhp/audit';
import { insertCustody } from '../store/custody.ts';
import { insertRevocation } from '@dhp/grants/artifacts';
import { operatingSystemUser, countOf, pageOf, unknownPlace, type Page, type PageRequest } from '@dhp/sso-kit';
import { isWithin } from './approval.ts';
import { toClient, valuesOf, type Client } from './client.ts';
import { hashClientSecret, newClientSecret, secretMatches } from '../authentication/client-secret.ts';
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
import { validateNewClient, type NewClient } from './validate.ts';

export type ClientChange = ChangedClientValues & {
  details?: DetailsChange;
  logo?: Logo | null;
};

/** Every change is in force in every process as soon as the promise resolves, and leaves one audit event. */
export interface Clients {
  /** @returns the secret in clear: it is shown this once and cannot be read again; none for a client that is public or has keys */
  create(o: NewClient): Promise<{ client: Client; secret: string | undefined }>;
  list(): Promise<Client[]>;
  /** In the order of their registration. @throws AdministrationError for a page that is not there */
  search(filter: ClientFilter & PageRequest): Promise<Page<Client>>;
  find(clientId: string): Promise<Client | undefined>;
  /** Its token requests are refused from now on, and so are the tokens that it has: by the FHIR servers within seconds. */
  disable(clientId: string, o?: { reason?: string }): Promise<Client>;
  enable(clientId: string): Promise<Client>;
  /** Lets a client of production ask for tokens. */
  approve(clientId: string): Promise<Client>;
  /**
   * Changes what is given; tokens that it has are as they were. A client of production that is widened waits for approval anew, unless
   * who changes it approves by that. Null takes an address or keys away. Its environment, and whether it is
   * public or has keys instead of a secret, stay: that would be another client.
   */
  change(clientId: string, o: ClientChange): Promise<Client>;
  /**
   * Makes a new secret. The old ones stop working at once; with `keepOld` the latest of them keeps working until the
   * next rotation or `dropOldSecret`.
   */
  rotateSecret(clientId: string, o?: { keepOld?: boolean }): Promise<{ client: Client; secret: string }>;
  /**
   * Gives a client of the platform's own a secret that is derived anew at each start, unless it has it already. Where somebody else has
   * given it another one since, that stays.
   * @returns whether the client has this secret now
   */
  keepSecret(clientId: string, secret: string): Promise<boolean>;
  /** Ends the overlap of a rotation with `keepOld`. */
  dropOldSecret(clientId: string): Promise<Client>;
}

export interface ClientsOptions {
  /** The actor for the audit trail (default `cli:<operating system user>`). */
  actor?: string;
  /** Resource types that a scope may name; without it every well-formed name is accepted. */
  resourceTypes?: readonly string[];
  clock?: () => Date;
  /** Why, for the audit trail, where the act itself is given no reason. */
  reason?: string;
  /** Whether what is created or widened is approved by that (default true: an operator does it at the command line). */
  approves?: boolean;
}

/** @throws ClientError from every function, with a message for the administrator, when the act is not possible */
export function openClients(sql: Sql, options: ClientsOptions = {}): Clients {
  const { actor = `cli:${operatingSystemUser()}`, clock = () => new Date() } = options;
  const approvedBy = options.approves === false ? undefined : actor;
  const types = options.resourceTypes && new Set(options.resourceTypes);

  async function change(
    clientId: string,
    event: AuditEvent['event'],
    update: (transaction: Session, now: Date) => Promise<ClientRow | undefined>,
    reason?: string,
  ): Promise<Client> {
    const now = clock();
    const row = await sql.begin(async (transaction) => {
      const changed = await update(transaction, now);
      if (changed === undefined) throw new ClientError('unknown-client', `There is no client "${clientId}"`);
      const why = [reason, options.reason === reason ? undefined : options.reason]
        .filter((one) => one !== undefined)
        .join(': ');
      const audit: AuditEvent = { recorded: now, event, clientId, actor, reason: why === '' ? undefined : why };
      await insertAuditEvents(transaction, [audit]);
      return changed;
    });
    return toClient(row);
  }

  return {
    async create(o) {
      const valid = validateNewClient(o, types);
      const clientId = valid.clientId ?? randomUUID();
      const { secret, hash } = newClientSecret();
      const client = await change(clientId, 'client.created', async (transaction, now) => {
        const needsSecret = !valid.public && valid.jwks === undefined && valid.jwksUri === undefined;
        const secretHash = needsSecret ? hash : null;
        if (o.logo !== undefined) await insertLogo(transaction, o.logo);
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
        return row;
      });
      return { client, secret: client.liveSecrets === 0 ? undefined : secret };
    },
    async list() {
      return (await selectClients(sql)).map(toClient);
    },
    async search({ count: asked, after, ...filter }) {
      const count = countOf({ count: asked });
      const found = await selectClientPage(sql, filter, { count, after });
      if (found === undefined) throw unknownPlace(after!);
      return pageOf(found.rows, { total: found.total, count, idOf: (row) => row.client_id, shown: toClient });
    },
    async find(clientId) {
      const row = await selectClient(sql, clientId);
      return row && toClient(row);
    },
    disable(clientId, { reason } = {}) {
      return change(
        clientId,
        'client.disabled',
        async (tx, now) => {
          await insertRevocation(tx, `client:${clientId}`, now);
          return updateDisabled(tx, clientId, reason, now);
        },
        reason,
      );
    },
    enable(clientId) {
      return change(clientId, 'client.enabled', (tx, now) => updateEnabled(tx, clientId, now));
    },
    approve(clientId) {
      return change(clientId, 'client.approved', (tx, now) => updateApproved(tx, clientId, actor, now));
    },
    change(clientId, o) {
      return change(clientId, 'client.changed', async (tx, now) => {
        const row = await selectClient(tx, clientId);
        if (row === undefined) return undefined;
        const { logoSha256: logoBefore, ...checked } = validateNewClient(changed(row, o), types);
        const logo = o.logo === undefined ? logoBefore : o.logo?.sha256;
        const valid = { ...checked, ...(logo === undefined ? {} : { logoSha256: logo }) };
        if (hasKeys(row) !== (valid.jwks !== undefined || valid.jwksUri !== undefined)) {
          const cure = 'register another client for that';
          throw new ClientError(
            'invalid-combination',
            `Keys do not take the place of a secret, nor a secret that of keys: ${cure}`,
          );
        }
        if (o.logo) await insertLogo(tx, o.logo);
        // A client that registered itself does not get back by itself what an operator took away.
        const isLimited = row.scope_limit !== null && o.scopes !== undefined;
        const scopeLimit = isLimited ? valid.scopes : undefined;
        const updated = await updateRegistration(tx, clientId, { ...valid, scopeLimit, now });
        if (row.logo_sha256 !== null) await deleteUnusedLogo(tx, row.logo_sha256);
        if ((o.jwks ?? o.jwksUri ?? undefined) !== undefined)
          await insertCustody(tx, { subject: `client:${clientId}`, holder: actor, now });
        const isApproved = approvedBy !== undefined || row.environment !== 'production';
        if (isApproved || isWithin(row, valid)) return updated;
        return updateWidened(tx, clientId, actor);
      });
    },
    async rotateSecret(clientId, { keepOld = false } = {}) {
      const { secret, hash } = newClientSecret();
      const client = await change(
        clientId,
        'client.secret-rotated',
        async (tx, now) => {
          const known = await selectClient(tx, clientId);
          if (known !== undefined && (known.public || hasKeys(known))) {
            const why = known.public ? 'is a public client' : 'authenticates by its keys';
            throw new ClientError('invalid-combination', `"${clientId}" ${why}: it has no secret`);
          }
          if (known !== undefined)
            await insertCustody(tx, { subject: `client:${clientId}`, holder: actor, now, only: !keepOld });
          return updateSecret(tx, clientId, { secretHash: hash, keepOld, now });
        },
        keepOld ? 'old secret kept' : 'old secret ended',
      );
      return { client, secret };
    },
    async keepSecret(clientId, secret) {
      const known = await selectClient(sql, clientId);
      if (known === undefined || known.public || hasKeys(known)) return false;
      if (secretMatches(secret, [known.secret_hash, known.previous_secret_hash])) return true;
      if ((await selectSecretMaker(sql, clientId)) !== actor) return false;
      const own = { secretHash: hashClientSecret(secret), keepOld: false };
      await change(
        clientId,
        'client.secret-rotated',
        async (tx, now) => {
          await insertCustody(tx, { subject: `client:${clientId}`, holder: actor, now, only: true });
          return updateSecret(tx, clientId, { ...own, now });
        },
        'old secret ended',
      );
      return true;
    },

    dropOldSecret(clientId) {
      return change(clientId, 'client.old-secret-dropped', (tx, now) => updateDropPreviousSecret(tx, clientId, now));
    },
  };
}

/**
 * The registration as it would be. Keys that are given take the place of those before, wherever they are.
 * @throws ClientError for null in the place of a value that stays
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
