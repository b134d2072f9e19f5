/**
 * Where the engine keeps codes, refresh tokens, grants, sessions and sign-ins under way: our table, in which neither an
 * id that serves as a credential nor any content can be read.
 */
import { hash } from 'node:crypto';
import type { Sql } from '@dhp/postgres';
import { seal, unseal } from '../keys/seal.ts';
import {
  consumeArtifact,
  deleteArtifact,
  deleteByGrant,
  selectArtifact,
  upsertArtifact,
  type ArtifactRow,
} from '../store/artifacts.ts';
import { insertRevocation } from '../store/revocations.ts';
import { grantClaim } from '../tokens.ts';
import { refusal } from './refusal.ts';

type Payload = Record<string, unknown>;

export interface AdapterOptions {
  sql: Sql;
  /** 32 bytes. */
  encryptionKey: Buffer;
  clock: () => Date;
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

export function createAdapter(model: string, { sql, encryptionKey, clock }: AdapterOptions): EngineAdapter {
  const grace = model === 'RefreshToken' ? refreshGraceMilliseconds : 0;
  // A session is also asked for by its uid, when its id is not at hand: it is sealed under the uid.
  const contextOf = (id: string, uid: string | undefined): string => `${model}:${model === 'Session' ? uid! : id}`;

  function opened({ content, consumed_at: consumed }: ArtifactRow, context: string): Payload {
    const payload = JSON.parse(unseal(encryptionKey, content, context).toString('utf8')) as Payload;
    const isConsumed = consumed !== null && consumed.getTime() + grace <= clock().getTime();
    return isConsumed ? { ...payload, consumed: Math.floor(consumed.getTime() / 1000) } : payload;
  }

  return {
    async upsert(id, payload, expiresIn) {
      // What came of a session is found by it too.
      const uid = textOf(payload['uid']) ?? textOf(payload['sessionUid']);
      await upsertArtifact(sql, {
        model,
        idHash: hashOf(id),
        content: seal(encryptionKey, Buffer.from(JSON.stringify(payload)), contextOf(id, uid)),
        grantId: model === 'Interaction' ? undefined : textOf(payload['grantId']),
        uid,
        accountId: textOf(payload['accountId']),
        clientId: textOf(payload['clientId']),
        expires: new Date(clock().getTime() + expiresIn * 1000),
      });
    },
    async find(id) {
      const row = await selectArtifact(sql, model, { idHash: hashOf(id) }, clock());
      return row && opened(row, contextOf(id, row.uid ?? undefined));
    },
    async findByUid(uid) {
      const row = await selectArtifact(sql, model, { uid }, clock());
      return row && opened(row, `${model}:${uid}`);
    },
    findByUserCode: () => Promise.reject(new Error('the device grant is not served')),
    async consume(id) {
      // The engine looks and then consumes; of parallel requests only this statement lets one pass.
      if (!(await consumeArtifact(sql, model, hashOf(id), clock(), grace))) throw refusal('used-already');
    },
    destroy: (id) => deleteArtifact(sql, model, hashOf(id)),
    async revokeByGrantId(grantId) {
      // Each model is told of it; what is signed is not stored, and is revoked once.
      if (model === 'AccessToken') await insertRevocation(sql, `grant:${grantClaim(grantId)}`, clock());
      await deleteByGrant(sql, grantId);
    },
  };
}

function hashOf(id: string): Buffer {
  return hash('sha256', id, 'buffer');
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
