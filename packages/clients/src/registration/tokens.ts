/**
 * Registration tokens, the initial access tokens of RFC 7591: an operator gives one to a party whose program registers clients. Used by the
 * command line and the admin API.
 */
import { randomBytes, createHmac } from 'node:crypto';
import type { Session, Sql } from '@dhp/postgres';
import {
  transact,
  AdministrationError,
  operatingSystemUser,
  countOf,
  pageOf,
  unknownPlace,
  type Page,
  type PageRequest,
  type EnvironmentName,
} from '@dhp/sso-kit';
import { isAdminScope } from '../fields/scopes.ts';
import { newSecret, hashClientSecret } from '../authentication/client-secret.ts';
import { ClientError } from '../fields/client-error.ts';
import { scopeProblem, supportedGrants } from '../fields/grants-and-scopes.ts';
import { insertAuditEvents } from '@dhp/audit';
import {
  insertRegistrationToken,
  selectRegistrationToken,
  selectRegistrationTokenPage,
  updateRegistrationTokenEnded,
  type RegistrationTokenRow,
} from '../store/registration-tokens.ts';

export interface RegistrationToken {
  tokenId: string;
  /** The party for which it was made. */
  name: string;
  environment: EnvironmentName;
  /** The most that its clients may have. */
  scopes: string[];
  maxUses: number;
  uses: number;
  state: 'live' | 'used-up' | 'expired' | 'ended';
  created: Date;
  createdBy: string;
  expires: Date;
  ended?: Date;
  endedBy?: string;
}

export interface NewRegistrationToken {
  name: string;
  environment: EnvironmentName;
  scopes: string[];
  /** How many clients may be registered by it, 1 to 1000 (default 1). */
  maxUses?: number | undefined;
  /** How long it is good, in seconds, up to a year (default a day). */
  lifetime?: number | undefined;
}

/** Every change leaves one audit event. */
export interface RegistrationTokens {
  /** @returns the token in clear: it is shown only this once; its hash is stored */
  create(o: NewRegistrationToken): Promise<{ registrationToken: RegistrationToken; secret: string }>;
  /** The newest first. @throws AdministrationError for a page that does not exist */
  search(page: PageRequest): Promise<Page<RegistrationToken>>;
  /** @throws AdministrationError if there is none */
  find(tokenId: string): Promise<RegistrationToken>;
  /** No further clients can be registered with it; registered ones stay. */
  end(tokenId: string): Promise<RegistrationToken>;
}

const bounds = { uses: 1000, seconds: 366 * 86_400 } as const;
const usual = { uses: 1, seconds: 86_400 } as const;

export function openRegistrationTokens(
  sql: Sql,
  options: {
    actor?: string;
    clock?: () => Date;
    reason?: string | undefined;
    resourceTypes?: readonly string[];
  } = {},
): RegistrationTokens {
  const { actor = `cli:${operatingSystemUser()}`, clock = () => new Date(Date.now()), reason } = options;
  const types = options.resourceTypes && new Set(options.resourceTypes);

  function recorded(
    event: 'registration-token.created' | 'registration-token.ended',
    work: (transaction: Session, now: Date) => Promise<RegistrationTokenRow | undefined>,
    tokenId: string,
  ): Promise<RegistrationToken> {
    return transact(sql, async (transaction) => {
      const now = clock();
      const row = await work(transaction, now);
      if (row === undefined) throw unknownToken(tokenId);
      const why = reason === undefined ? tokenId : `${tokenId}: ${reason}`;
      await insertAuditEvents(transaction, [{ recorded: now, event, actor, reason: why }]);
      return toToken(row, now);
    });
  }

  return {
    async create({ name, environment, scopes, maxUses = usual.uses, lifetime = usual.seconds }) {
      validate({ name, scopes, maxUses, lifetime }, types);
      const tokenId = newTokenId();
      const { secret, hash } = newSecret('dhpi_');
      const registrationToken = await recorded(
        'registration-token.created',
        (transaction, now) =>
          insertRegistrationToken(transaction, {
            ...{ token_id: tokenId, tokenHash: hash, name: name.trim(), environment, scopes: [...new Set(scopes)] },
            ...{ max_uses: maxUses, now, actor, expires: new Date(now.getTime() + lifetime * 1000) },
          }),
        tokenId,
      );
      return { registrationToken, secret };
    },
    async search(page) {
      const count = countOf(page);
      const found = await selectRegistrationTokenPage(sql, { count, after: page.after });
      if (found === undefined) throw unknownPlace(page.after!);
      const now = clock();
      const shown = (row: RegistrationTokenRow): RegistrationToken => toToken(row, now);
      return pageOf(found.rows, { total: found.total, count, idOf: (row) => row.token_id, shown });
    },
    async find(tokenId) {
      const row = await selectRegistrationToken(sql, tokenId);
      if (row === undefined) throw unknownToken(tokenId);
      return toToken(row, clock());
    },
    end: (tokenId) =>
      recorded(
        'registration-token.ended',
        (transaction, now) => updateRegistrationTokenEnded(transaction, { tokenId, actor, now }),
        tokenId,
      ),
  };
}

/** An id does not begin with a hyphen, so that no command line takes it for an option. */
function newTokenId(): string {
  for (;;) {
    const id = randomBytes(9).toString('base64url');
    if (!id.startsWith('-')) return id;
  }
}

function unknownToken(tokenId: string): AdministrationError {
  return new AdministrationError('unknown-registration-token', `There is no registration token "${tokenId}"`);
}

function validate(
  o: { name: string; scopes: string[]; maxUses: number; lifetime: number },
  types: ReadonlySet<string> | undefined,
): void {
  const wrong = (message: string): AdministrationError => new AdministrationError('invalid-value', message);
  if (o.name.trim() === '' || o.name.length > 200 || /\p{Cc}/u.test(o.name)) {
    throw wrong('A registration token needs a name of 1 to 200 characters: for whom it is');
  }
  if (o.scopes.length === 0) throw wrong('A registration token needs scopes: the most that its clients may have');
  for (const scope of o.scopes) {
    // A registration token must not create administrators.
    const isForbidden = isAdminScope(scope);
    const problem = isForbidden ? `"${scope}" is registered by an operator at the command line only` : undefined;
    const message = problem ?? scopeProblem(scope, supportedGrants, types);
    if (message !== undefined) throw new ClientError('invalid-scope', message);
  }
  if (!Number.isInteger(o.maxUses) || o.maxUses < 1 || o.maxUses > bounds.uses) {
    throw wrong(`A registration token is used 1 to ${String(bounds.uses)} times`);
  }
  if (!Number.isInteger(o.lifetime) || o.lifetime < 1 || o.lifetime > bounds.seconds) {
    throw wrong('A registration token is good for a year at most');
  }
}

function toToken(row: RegistrationTokenRow, now: Date): RegistrationToken {
  const passed = row.uses >= row.max_uses ? 'used-up' : row.expires_at <= now ? 'expired' : 'live';
  return {
    tokenId: row.token_id,
    name: row.name,
    environment: row.environment,
    scopes: row.scopes,
    maxUses: row.max_uses,
    uses: row.uses,
    state: row.ended_at === null ? passed : 'ended',
    created: row.created_at,
    createdBy: row.created_by,
    expires: row.expires_at,
    ...(row.ended_at === null ? {} : { ended: row.ended_at }),
    ...(row.ended_by === null ? {} : { endedBy: row.ended_by }),
  };
}

/** How long after a change its answer is repeated, in milliseconds. After that the previous token is invalid, as RFC 7592 requires. */
export const repeatMilliseconds = 3_600_000;

/**
 * The registration access token that results from a change of the registration (RFC 7592 section 2.2). It is derived from the previous
 * token and the request: a client that did not receive the answer sends the same request again and gets the same token. A random token
 * could not be returned twice, since only its hash is stored, and the client would be locked out. Without this server's key or the answer,
 * nobody can compute it.
 * @param key 32 bytes, known only to this server
 */
export function nextRegistrationToken(
  key: Buffer,
  o: { clientId: string; token: string; given: unknown },
): { secret: string; hash: Buffer } {
  const mac = createHmac('sha256', key).update(JSON.stringify([o.clientId, o.token, sorted(o.given)]));
  const secret = `dhpr_${mac.digest('base64url')}`;
  return { secret, hash: hashClientSecret(secret) };
}

/** The same for equal JSON, whatever the order of its members. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return members.map(([name, of]) => [name, sorted(of)]);
}
