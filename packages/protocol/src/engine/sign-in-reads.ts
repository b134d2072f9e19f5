/**
 * Reads of a sign-in request, in one statement: the sign-in, the session of the browser, the client, the person and the consent. Executed
 * one by one, these were up to six round trips a request. Values that the request itself changes are not read again.
 */
import { hash } from 'node:crypto';
import type { Sql } from '@dhp/postgres';
import { toAccount, type Account } from '@dhp/accounts';
import { requestStateIfAny } from '@dhp/sso-kit/request';
import type { ArtifactRow } from '@dhp/grants/artifacts';
import type { Registration } from '@dhp/clients/rows';
import { selectSignIn, type SignInUnderWay } from '../store/sign-ins.ts';
import type { KnownPerson, SignInMemory } from './state.ts';

export interface SignInReads {
  /** The request comes from a browser without a session, so no session data is expected. */
  expectNobody(): void;
  /** Returns a sign-in by its id, unless it has expired. If the request has a unit of work, the result is kept for it. */
  of(id: string): Promise<SignInUnderWay | undefined>;
  find(id: string): Promise<ArtifactRow | undefined>;
  /**
   * The following functions return artifacts that were read with the sign-in of the current request; undefined for another artifact, or if
   * none was read.
   */
  session(by: { idHash: Buffer } | { uid: string }): ArtifactRow | undefined;
  grant(idHash: Buffer): ArtifactRow | undefined;
  account(accountId: string): { account: Account | undefined } | undefined;
  consent(accountId: string, clientId: string): string[] | undefined;
  registration(clientId: string): Registration | undefined;
  /** Sets the person of the request's sign-in, as read to verify the credentials. */
  identified(known: KnownPerson): void;
  /** Drops a changed artifact, of any model, so that it is read again. */
  forget(idHash: Buffer): void;
}

/** Text before the person's id; the hash of both together names the choice of a patient in a sign-in. */
export const choiceIn = (uid: string): string => `choice ${uid} `;

/** @param o.kept returns a registration that was read before, if its row still has that version */
export function openSignInReads(o: {
  sql: Sql;
  clock: () => Date;
  kept: (clientId: string, version: string) => Registration | undefined;
}): SignInReads {
  /** Undefined if the request has no unit of work: then nothing is kept. */
  const kept = (): SignInMemory | undefined => {
    const notes = requestStateIfAny()?.ofUnit;
    return notes && (notes.signIn ??= {});
  };
  const memory = (): SignInUnderWay | undefined => kept()?.underWay;

  function person(accountId: string): KnownPerson | undefined {
    const known = kept()?.person;
    return known?.account.accountId === accountId ? known : undefined;
  }

  async function of(id: string): Promise<SignInUnderWay | undefined> {
    const idHash = hash('sha256', id, 'buffer');
    const before = memory();
    if (before?.artifact?.id_hash.equals(idHash) === true) return before;
    const request = kept();
    const isAnonymous = request?.isAnonymous === true;
    const found = await selectSignIn(o.sql, { idHash, choice: choiceIn(id), isAnonymous, now: o.clock() });
    if (request !== undefined && found !== undefined) request.underWay = found;
    return found;
  }

  return {
    expectNobody() {
      const request = kept();
      if (request !== undefined) request.isAnonymous = true;
    },
    of,
    find: async (id) => (await of(id))?.artifact,
    session: (by) =>
      memory()?.sessions.find(({ id_hash, uid }) => ('uid' in by ? uid === by.uid : id_hash.equals(by.idHash))),
    grant(idHash) {
      const grant = memory()?.grant;
      return grant?.id_hash.equals(idHash) === true ? grant : undefined;
    },
    account(accountId) {
      const known = person(accountId);
      if (known !== undefined) return known;
      const found = memory();
      if (found?.accountId !== accountId) return undefined;
      return { account: found.account?.disabled_at === null ? toAccount(found.account) : undefined };
    },
    consent(accountId, clientId) {
      const found = memory();
      const known = person(accountId);
      if (known !== undefined) return found?.clientId === clientId ? known.allowed : undefined;
      return found?.accountId === accountId && found.clientId === clientId ? found.consent : undefined;
    },
    registration(clientId) {
      const { clientId: id, clientVersion: version } = memory() ?? {};
      return id !== clientId || version === undefined || version === null ? undefined : o.kept(clientId, version);
    },
    identified(known) {
      const request = kept();
      if (request !== undefined) request.person = known;
    },
    forget(idHash) {
      const found = memory();
      if (found === undefined) return;
      if (found.artifact?.id_hash.equals(idHash) === true) found.artifact = undefined;
      if (found.grant?.id_hash.equals(idHash) === true) found.grant = undefined;
      found.sessions = found.sessions.filter(({ id_hash: one }) => !one.equals(idHash));
    },
  };
}
