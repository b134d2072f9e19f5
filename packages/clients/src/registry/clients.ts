/** Registration and administration of clients: used by the command line, the start-up and the admin API. */
import type { Session, Sql } from '@dhp/postgres';
import { operatingSystemUser, countOf, pageOf, unknownPlace, type Page, type PageRequest } from '@dhp/sso-kit';
import { updateDropPreviousSecret } from '../store/client-changes.ts';
import { selectClient, selectClientPage, selectClients, type ClientFilter } from '../store/clients.ts';
import { countEndedSecrets } from '../store/secret-ends.ts';
import {
  approveClient,
  changeClient,
  changeRegistration,
  createClient,
  disableClient,
  enableClient,
  type Beside,
  type ChangeBy,
  type ClientChange,
} from './changes.ts';
import { toClient, type Client } from './client.ts';
import { keepSecret, rotateSecret } from './secrets.ts';
import type { NewClient } from './validate.ts';

/** Every change is effective in every process when the promise resolves, and leaves one audit event. */
export interface Clients {
  /**
   * @param beside is written with the client in the same transaction, or refuses it by throwing
   * @returns the secret in clear: it is shown only this once and cannot be read again; undefined for a client that is public or has keys
   */
  create(o: NewClient, beside?: Beside): Promise<{ client: Client; secret: string | undefined }>;
  list(): Promise<Client[]>;
  /** In the order of their registration. @throws AdministrationError for a page that does not exist */
  search(filter: ClientFilter & PageRequest): Promise<Page<Client>>;
  find(clientId: string): Promise<Client | undefined>;
  /** Its token requests are refused from now on, and so are the tokens that it has: by the FHIR servers within seconds. */
  disable(clientId: string, o?: { reason?: string }): Promise<Client>;
  enable(clientId: string): Promise<Client>;
  /**
   * Lets a client of production request tokens.
   * @param o.unchangedSince refuses a client that was changed since then, as nobody has reviewed its current state
   */
  approve(clientId: string, o?: { unchangedSince?: Date | undefined }): Promise<Client>;
  /**
   * Changes the given values; issued tokens stay unchanged. A widened client of production needs approval again, unless the actor approves
   * it with the change. Null removes an address or keys. The environment, and whether the client is public or has keys instead of a secret,
   * cannot change: that would be another client.
   */
  change(clientId: string, o: ClientChange): Promise<Client>;
  /**
   * Makes a new secret. The old ones stop working at once; with `keepOld` the latest of them keeps working until the next rotation or
   * `dropOldSecret`.
   * @param o.onlyBesideOne with `keepOld`, refuses if two secrets already work; of two concurrent rotations, one is refused
   */
  rotateSecret(
    clientId: string,
    o?: { keepOld?: boolean; onlyBesideOne?: boolean },
  ): Promise<{ client: Client; secret: string }>;
  /**
   * Gives a client of the platform itself a secret that is derived again at each start, unless it already has it. If somebody else has set
   * another one since, that stays.
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
  /** Reason for the audit trail, if the act itself has none. */
  reason?: string;
  /** Whether creating or widening also approves (default true: an operator does it at the command line). */
  approves?: boolean;
  /** Lifetime in seconds of a secret made here (default: it does not expire). */
  secretSeconds?: number | undefined;
  /** Refuses a change by throwing; called while the client is locked, as an earlier check may no longer hold. */
  requirePermitted?: ((transaction: Session) => Promise<void>) | undefined;
}

/** @throws ClientError from every function, with a message for the administrator, when the act is not possible */
export function openClients(sql: Sql, options: ClientsOptions = {}): Clients {
  const { actor = `cli:${operatingSystemUser()}`, clock = () => new Date(Date.now()), reason, secretSeconds } = options;
  const approvedBy = options.approves === false ? undefined : actor;
  const types = options.resourceTypes && new Set(options.resourceTypes);
  const { requirePermitted } = options;
  const by: ChangeBy = { sql, actor, approvedBy, types, clock, reason, secretSeconds, requirePermitted };
  const counted = (client: Client | Promise<Client>): Promise<Client> => withoutEnded(by, client);
  return {
    create: (o, beside) => createClient(by, o, beside),
    async list() {
      return (await selectClients(sql)).map(toClient);
    },
    async search({ count: asked, after, ...filter }) {
      const count = countOf({ count: asked });
      const found = await selectClientPage(sql, filter, { count, after });
      if (found === undefined) throw unknownPlace(after!);
      const page = pageOf(found.rows, { total: found.total, count, idOf: (row) => row.client_id, shown: toClient });
      return { ...page, items: await allWithoutEnded(by, page.items) };
    },
    async find(clientId) {
      const row = await selectClient(sql, clientId);
      return row && counted(toClient(row));
    },
    disable: (clientId, o = {}) => counted(disableClient(by, clientId, o.reason)),
    enable: (clientId) => counted(enableClient(by, clientId)),
    approve: (clientId, { unchangedSince } = {}) => counted(approveClient(by, clientId, unchangedSince)),
    change: (clientId, o) => counted(changeRegistration(by, clientId, o)),
    async rotateSecret(clientId, { keepOld = false, onlyBesideOne = false } = {}) {
      const { client, secret } = await rotateSecret(by, clientId, { keepOld, onlyBesideOne });
      return { client: await counted(client), secret };
    },
    keepSecret: (clientId, secret) => keepSecret(by, clientId, secret),
    dropOldSecret: (clientId) =>
      counted(
        changeClient(by, { clientId, event: 'client.old-secret-dropped' }, (tx, now) =>
          updateDropPreviousSecret(tx, clientId, now),
        ),
      ),
  };
}

/** The clients, with expired secrets subtracted from the accepted ones. */
async function allWithoutEnded({ sql, clock }: ChangeBy, clients: readonly Client[]): Promise<Client[]> {
  const ids = clients.filter(({ liveSecrets }) => liveSecrets > 0).map(({ clientId }) => clientId);
  if (ids.length === 0) return [...clients];
  const ended = await countEndedSecrets(sql, ids, clock());
  return clients.map((client) => ({
    ...client,
    acceptedSecrets: client.liveSecrets - (ended.get(client.clientId) ?? 0),
  }));
}

async function withoutEnded(by: ChangeBy, client: Client | Promise<Client>): Promise<Client> {
  return (await allWithoutEnded(by, [await client]))[0]!;
}
