/**
 * Storage of the engine for codes, refresh tokens, grants, sessions and sign-ins under way: our table, in which neither an id that serves
 * as a credential nor any content can be read.
 */
import { hash, type KeyObject } from 'node:crypto';
import type { Sql } from '@dhp/postgres';
import { callerAddress, callerAgent, requestState, change, writeBefore } from '@dhp/sso-kit/request';
import { seal, unseal } from '@dhp/sso-kit';
import {
  deleteByGrant,
  deletingArtifact,
  selectArtifact,
  upsertingArtifact,
  type ArtifactRow,
  insertRevocation,
} from '@dhp/grants/artifacts';
import type { TokenName } from '../store/redemptions.ts';
import { upsertingSession } from '@dhp/grants';
import { grantClaim } from '../tokens.ts';
import { userCodeName } from './device-codes.ts';
import type { Redemptions } from './redemptions.ts';
import { endOf, limitsOf, type SessionSettings } from './session-limits.ts';
import type { SignInReads } from './sign-in-reads.ts';

type Payload = Record<string, unknown>;

export interface AdapterOptions {
  sql: Sql;
  encryptionKey: KeyObject;
  clock: () => Date;
  redemptions: Redemptions;
  signIns: SignInReads;
  session: SessionSettings;
}

/** A store that the engine can use (its adapter interface); one for each model. */
export interface EngineAdapter {
  upsert(id: string, payload: Payload, expiresIn: number): Promise<void>;
  find(id: string): Promise<Payload | undefined>;
  findByUid(uid: string): Promise<Payload | undefined>;
  findByUserCode(userCode: string): Promise<Payload | undefined>;
  consume(id: string): Promise<void>;
  destroy(id: string): Promise<void>;
  revokeByGrantId(grantId: string): Promise<void>;
}

/**
 * A refresh token that is used again within this time counts as the same use: two tabs of one app refresh at once, or the
 * first answer was lost on the way. Later it is a theft, and all that came of the grant is revoked.
 */
const refreshGraceMilliseconds = 3000;

export function createAdapter(model: string, o: AdapterOptions): EngineAdapter {
  const { sql, encryptionKey, clock, redemptions, signIns } = o;
  const isRedeemed = model === 'AuthorizationCode' || model === 'RefreshToken';
  const grace = model === 'RefreshToken' ? refreshGraceMilliseconds : 0;
  // A device that asks late is told that its code has expired, for a while.
  const afterlifeSeconds = model === 'DeviceCode' ? 300 : 0;
  // A session is also asked for by its uid, a device by its user code, when the id is not at hand: they are sealed under those.
  const hasOtherName = model === 'Session' || model === 'DeviceCode';
  const contextOf = (id: string, uid: string | undefined): string => `${model}:${hasOtherName ? uid! : id}`;
  const keyOf = (idHash: Buffer): string => `${model} ${idHash.toString('latin1')}`;
  const uidOf = (payload: Payload): string | undefined => {
    if (model === 'DeviceCode') return userCodeName(encryptionKey, String(payload['userCode']));
    if (model === 'Grant') return requestState().sessionOfGrant;
    if (model === 'Interaction') return (payload as SignInPayload).session?.uid;
    // Artifacts of a session are found by the session as well.
    return textOf(payload['uid']) ?? textOf(payload['sessionUid']);
  };

  function opened({ content, consumed_at: consumed }: ArtifactRow, context: string): Payload {
    const payload = JSON.parse(unseal(encryptionKey, content, context).toString('utf8')) as Payload;
    // The engine reads the system's clock; ours is handed in.
    if (afterlifeSeconds > 0 && Number(payload['exp']) * 1000 <= clock().getTime()) return { ...payload, exp: 1 };
    const isConsumed = consumed !== null && consumed.getTime() + grace <= clock().getTime();
    return isConsumed ? { ...payload, consumed: Math.floor(consumed.getTime() / 1000) } : payload;
  }

  /** Finds a code or refresh token. One that is bound to its session exists only as long as the person is signed in. */
  async function findRedeemed(name: TokenName, id: string): Promise<Payload | undefined> {
    const found = await redemptions.find(name);
    if (found === undefined) return undefined;
    const payload = opened(found.row, contextOf(id, undefined));
    // At a shared workstation nothing that a health worker gave outlives the session.
    const isBound =
      payload['expiresWithSession'] === true || (o.session.sharedWorkstations === true && found.isHealthWorker);
    return isBound && !found.signedIn ? undefined : payload;
  }

  async function findAny(idHash: Buffer): Promise<ArtifactRow | undefined> {
    const known =
      model === 'Grant'
        ? (redemptions.grant(idHash) ?? signIns.grant(idHash))
        : model === 'Session'
          ? signIns.session({ idHash })
          : undefined;
    return known ?? selectArtifact(sql, model, { idHash }, clock());
  }

  return {
    async upsert(id, payload, expiresIn) {
      const uid = uidOf(payload);
      const made = {
        model,
        idHash: hashOf(id),
        content: seal(encryptionKey, Buffer.from(JSON.stringify(payload)), contextOf(id, uid)),
        uid,
        ...(model === 'Interaction' ? ofSignIn(payload) : ofToken(payload)),
        expires: new Date(clock().getTime() + (expiresIn + afterlifeSeconds) * 1000),
      };
      // A new refresh token is new: what it came of is used up with it.
      if (model === 'RefreshToken' && (await redemptions.make(made)) === 'made') return;
      const { accountId } = made;
      // The engine keeps one limit for all; of this person it may be a shorter one.
      if (model === 'Session' && accountId !== undefined && typeof payload['loginTs'] === 'number') {
        const end = endOf(await limitsOf(o, accountId), payload['loginTs'], clock());
        if (end < made.expires) made.expires = end;
      }
      const key = keyOf(made.idHash);
      await writeBefore(key); // what is kept of the row that is there must have been written
      signIns.forget(made.idHash);
      if (model !== 'Session' || accountId === undefined) {
        const isFleeting = model === 'Interaction';
        return change(sql, key, { parts: [{ statement: upsertingArtifact(sql, made) }], isFleeting });
      }
      const sids = sidsIn(payload['authorizations']);
      const from = { address: callerAddress(), userAgent: callerAgent() };
      return change(sql, key, upsertingSession(sql, made, { uid: uid!, accountId, sids, ...from, now: clock() }));
    },
    async find(id) {
      const answered = model === 'Interaction' ? answeredNow(id) : undefined;
      if (answered !== undefined) return answered;
      await writeBefore(model);
      const idHash = hashOf(id);
      if (isRedeemed) return findRedeemed({ model, idHash }, id);
      const row = model === 'Interaction' ? await signIns.find(id) : await findAny(idHash);
      return row && opened(row, contextOf(id, row.uid ?? undefined));
    },
    async findByUid(uid) {
      await writeBefore(model);
      const row = signIns.session({ uid }) ?? (await selectArtifact(sql, model, { uid }, clock()));
      return row && opened(row, `${model}:${uid}`);
    },
    async findByUserCode(userCode) {
      await writeBefore(model);
      const uid = userCodeName(encryptionKey, userCode);
      const row = await selectArtifact(sql, model, { uid }, clock());
      return row && opened(row, `${model}:${uid}`);
    },
    // The engine looks and then consumes; of parallel requests only one passes.
    consume: (id) => redemptions.use({ model, idHash: hashOf(id), now: clock(), grace }),
    destroy: (id) => {
      const idHash = hashOf(id);
      signIns.forget(idHash);
      return change(sql, keyOf(idHash), { parts: [{ statement: deletingArtifact(sql, model, idHash) }] });
    },
    async revokeByGrantId(grantId) {
      // Each model is told of it; what is signed is not stored, and is revoked once.
      if (model === 'AccessToken') await insertRevocation(sql, `grant:${grantClaim(grantId)}`, clock());
      redemptions.noteEnded(await deleteByGrant(sql, grantId, clock()));
    },
  };
}

/** Returns, by client, the name (`sid`) that its id_tokens give the session. */
function sidsIn(authorizations: unknown): Map<string, string> {
  const entries = Object.entries((authorizations ?? {}) as Record<string, { sid?: string }>);
  return new Map(entries.flatMap(([clientId, { sid }]) => (sid === undefined ? [] : [[clientId, sid] as const])));
}

/** A sign-in that the request has answered and goes on with: it is not stored as it was answered. */
function answeredNow(id: string): Payload | undefined {
  const interaction = requestState().resumption?.interaction;
  return interaction?.uid === id ? { ...interaction } : undefined;
}

interface SignInPayload {
  params?: { client_id?: string };
  session?: { accountId?: string; uid?: string };
  result?: { login?: { accountId?: string }; consent?: { grantId?: string } };
}

type Names = Record<'grantId' | 'accountId' | 'clientId', string | undefined>;

/** Names by which a sign-in under way is read together with its client, its person and its grant. */
function ofSignIn({ params, session, result }: SignInPayload): Names {
  return {
    grantId: result?.consent?.grantId,
    accountId: result?.login?.accountId ?? session?.accountId,
    clientId: params?.client_id,
  };
}

function ofToken(payload: Payload): Names {
  return {
    grantId: textOf(payload['grantId']),
    accountId: textOf(payload['accountId']),
    clientId: textOf(payload['clientId']),
  };
}

function hashOf(id: string): Buffer {
  return hash('sha256', id, 'buffer');
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
