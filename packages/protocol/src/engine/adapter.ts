/**
 * Storage of the engine for codes, refresh tokens, grants, sessions and sign-ins under way, in our own table. Neither ids that serve as
 * credentials nor contents can be read from it.
 */
import type { KeyObject } from 'node:crypto';
import { Provider } from 'oidc-provider';
import type { Sql } from '@dhp/postgres';
import { callerAddress, callerAgent, change, requestState, requestStateIfAny, writeBefore } from '@dhp/sso-kit/request';
import { seal, unseal } from '@dhp/sso-kit';
import {
  deleteByGrant,
  deletingArtifact,
  selectArtifact,
  upsertingArtifact,
  type ArtifactRow,
  type NewArtifact,
  insertRevocation,
} from '@dhp/grants/artifacts';
import type { TokenName } from '../store/redemptions.ts';
import { keepingSession } from '@dhp/grants';
import { grantClaim } from '../tokens.ts';
import { hashOf, namesOf, sidsIn, uidOf, type Payload } from './artifact-names.ts';
import { userCodeName } from './device-codes.ts';
import type { Redemptions } from './redemptions.ts';
import { endOf, limitsOf, type SessionSettings } from './session-limits.ts';
import type { SignInReads } from './sign-in-reads.ts';

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
 * A refresh token that is used again within this time counts as the same use: two tabs of one app may refresh at once, or the first answer
 * was lost. Later it counts as theft, and everything issued under the grant is revoked.
 */
const refreshGraceMilliseconds = 3000;

/** How artifacts of one model are stored. */
interface Model {
  readonly name: string;
  /** A code or refresh token, which is used up. */
  readonly isRedeemed: boolean;
  readonly graceMilliseconds: number;
  /** For some time, a device that polls late is told that its code has expired. */
  readonly afterlifeSeconds: number;
  /** A session is also looked up by its uid, a device by its user code, when the id is unknown: their contents are sealed under those. */
  readonly hasOtherName: boolean;
}

function modelOf(name: string): Model {
  return {
    name,
    isRedeemed: name === 'AuthorizationCode' || name === 'RefreshToken',
    graceMilliseconds: name === 'RefreshToken' ? refreshGraceMilliseconds : 0,
    afterlifeSeconds: name === 'DeviceCode' ? 300 : 0,
    hasOtherName: name === 'Session' || name === 'DeviceCode',
  };
}

interface Shelf extends AdapterOptions {
  readonly model: Model;
}

export function createAdapter(name: string, options: AdapterOptions): EngineAdapter {
  const model = modelOf(name);
  const shelf: Shelf = { ...options, model };
  const { sql, encryptionKey, clock, redemptions, signIns } = options;
  return {
    upsert: (id, payload, expiresIn) => upsert(shelf, id, payload, expiresIn),
    find: (id) => find(shelf, id),
    async findByUid(uid) {
      await writeBefore(name);
      const row = signIns.session({ uid }) ?? (await selectArtifact(sql, name, { uid }, clock()));
      return row && opened(shelf, row, `${name}:${uid}`);
    },
    async findByUserCode(userCode) {
      await writeBefore(name);
      const uid = userCodeName(encryptionKey, userCode);
      const row = await selectArtifact(sql, name, { uid }, clock());
      return row && opened(shelf, row, `${name}:${uid}`);
    },
    // The engine reads and then consumes; of parallel requests only one succeeds.
    consume: (id) => redemptions.use({ model: name, idHash: hashOf(id), now: clock(), grace: model.graceMilliseconds }),
    destroy(id) {
      const idHash = hashOf(id);
      signIns.forget(idHash);
      const statement = deletingArtifact(sql, name, idHash);
      // A session gets a new id, unless it has ended meanwhile.
      const ofGoingOn = { parts: [{ name: 'session_before', statement }], needs: ['session_before'] };
      return change(sql, keyOf(shelf, idHash), isGoingOn(shelf, idHash) ? ofGoingOn : { parts: [{ statement }] });
    },
    async revokeByGrantId(grantId) {
      // Each model is notified of a revoked grant; access tokens, which are signed, are not stored, so the revocation is written once.
      if (name === 'AccessToken') await insertRevocation(sql, `grant:${grantClaim(grantId)}`, clock());
      redemptions.noteEnded(await deleteByGrant(sql, grantId, clock()));
    },
  };
}

async function upsert(shelf: Shelf, id: string, payload: Payload, expiresIn: number): Promise<void> {
  const { model, encryptionKey, clock, redemptions } = shelf;
  const uid = uidOf(model.name, payload, encryptionKey);
  const content = Buffer.from(JSON.stringify(payload));
  const made = {
    model: model.name,
    idHash: hashOf(id),
    content: seal(encryptionKey, content, contextOf(model, id, uid)),
    uid,
    ...namesOf(model.name, payload),
    expires: new Date(clock().getTime() + (expiresIn + model.afterlifeSeconds) * 1000),
  };
  // A new refresh token is written together with using up the token that it replaces.
  if (model.name === 'RefreshToken' && (await redemptions.make(made)) === 'made') return;
  await store(shelf, made, payload);
}

/** Stores an artifact, replacing one with the same id; a session's artifact lasts no longer than the limits of its person allow. */
async function store(shelf: Shelf, made: NewArtifact, payload: Payload): Promise<void> {
  const { model, sql, clock, signIns } = shelf;
  const { accountId, uid } = made;
  const isSession = model.name === 'Session' && accountId !== undefined;
  let { expires } = made;
  // The engine has one limit for all; this person may have a shorter one.
  if (isSession && typeof payload['loginTs'] === 'number') {
    const end = endOf(await limitsOf(shelf, accountId), payload['loginTs'], clock());
    if (end < expires) expires = end;
  }
  const key = keyOf(shelf, made.idHash);
  await writeBefore(key); // the parts of the stored row that are kept must have been written
  signIns.forget(made.idHash);
  const kept = { ...made, expires };
  if (!isSession) {
    const isFleeting = model.name === 'Interaction';
    return change(sql, key, { parts: [{ statement: upsertingArtifact(sql, kept) }], isFleeting });
  }
  const sids = sidsIn(payload['authorizations']);
  const from = { address: callerAddress(), userAgent: callerAgent() };
  const how = { isGoingOn: isGoingOn(shelf, made.idHash), version: versionNow(accountId) };
  const used = { uid: uid!, accountId, ...how, sids, ...from, now: clock() };
  return change(sql, key, keepingSession(sql, kept, used));
}

async function find(shelf: Shelf, id: string): Promise<Payload | undefined> {
  const { model, signIns } = shelf;
  const isSignIn = model.name === 'Interaction';
  const answered = isSignIn ? answeredNow(id) : undefined;
  if (answered !== undefined) return answered;
  await writeBefore(model.name);
  const idHash = hashOf(id);
  if (model.isRedeemed) return findRedeemed(shelf, { model: model.name, idHash }, id);
  const row = isSignIn ? await signIns.find(id) : await findAny(shelf, idHash);
  const payload = row && opened(shelf, row, contextOf(model, id, row.uid ?? undefined));
  if (model.name === 'Session' && payload?.['accountId'] !== undefined) noteFound(idHash);
  return payload;
}

/** Notes that the request uses a session in which somebody is signed in. If the session ends meanwhile, it is not begun again. */
function noteFound(idHash: Buffer): void {
  const state = requestStateIfAny();
  if (state !== undefined) (state.foundSessions ??= new Set()).add(idHash.toString('latin1'));
}

function isGoingOn({ model }: Shelf, idHash: Buffer): boolean {
  return model.name === 'Session' && requestStateIfAny()?.foundSessions?.has(idHash.toString('latin1')) === true;
}

/** The version of the credentials with which the person has just signed in; undefined if the session continues without a new sign-in. */
function versionNow(accountId: string): number | undefined {
  // The context exists once the engine has begun processing the request.
  const oidc = Provider.ctx?.oidc;
  const login = oidc?.result?.login;
  return login?.accountId === accountId ? login.version : undefined;
}

/** Finds a code or refresh token. A token bound to its session is found only while the person is signed in. */
async function findRedeemed(shelf: Shelf, name: TokenName, id: string): Promise<Payload | undefined> {
  const found = await shelf.redemptions.find(name);
  if (found === undefined) return undefined;
  const payload = opened(shelf, found.row, contextOf(shelf.model, id, undefined));
  // At a shared workstation, no grant of a health worker outlives the session.
  const isBound =
    payload['expiresWithSession'] === true || (shelf.session.sharedWorkstations === true && found.isHealthWorker);
  return isBound && !found.signedIn ? undefined : payload;
}

async function findAny(
  { model, sql, clock, redemptions, signIns }: Shelf,
  idHash: Buffer,
): Promise<ArtifactRow | undefined> {
  const known =
    model.name === 'Grant'
      ? (redemptions.grant(idHash) ?? signIns.grant(idHash))
      : model.name === 'Session'
        ? signIns.session({ idHash })
        : undefined;
  return known ?? selectArtifact(sql, model.name, { idHash }, clock());
}

/** The sign-in that this request has answered and continues with: its answered state is not stored. */
function answeredNow(id: string): Payload | undefined {
  const interaction = requestState().resumption?.interaction;
  return interaction?.uid === id ? { ...interaction } : undefined;
}

function opened(
  { model, encryptionKey, clock }: Shelf,
  { content, consumed_at: consumed }: ArtifactRow,
  context: string,
): Payload {
  const payload = JSON.parse(unseal(encryptionKey, content, context).toString('utf8')) as Payload;
  // The engine reads the system's clock; ours is handed in.
  if (model.afterlifeSeconds > 0 && Number(payload['exp']) * 1000 <= clock().getTime()) return { ...payload, exp: 1 };
  const isConsumed = consumed !== null && consumed.getTime() + model.graceMilliseconds <= clock().getTime();
  return isConsumed ? { ...payload, consumed: Math.floor(consumed.getTime() / 1000) } : payload;
}

/** Returns the text under which the content of an artifact is sealed. */
function contextOf({ name, hasOtherName }: Model, id: string, uid: string | undefined): string {
  return `${name}:${hasOtherName ? uid! : id}`;
}

/** Returns the key under which a change of an artifact is put off. */
function keyOf({ model }: Shelf, idHash: Buffer): string {
  return `${model.name} ${idHash.toString('latin1')}`;
}
