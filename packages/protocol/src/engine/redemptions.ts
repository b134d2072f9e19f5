/**
 * Reads and writes of a token request, batched. A request reads everything about its code or refresh token in one statement: the token, its
 * session, its grant, the person and the launch context. It also writes in one statement: the old token is used up together with storing
 * the new one. Concurrent requests share their statements and their commit. Executed one by one, these were eight round trips a request,
 * three quarters of its CPU.
 */
import { hash } from 'node:crypto';
import { Provider } from 'oidc-provider';
import { createBatcher, type Sql } from '@dhp/postgres';
import { toAccount, type Account } from '@dhp/accounts';
import { requestState } from '@dhp/sso-kit/request';
import { consumeArtifact, type ArtifactRow, type EndedArtifact, type NewArtifact } from '@dhp/grants/artifacts';
import type { GrantBasis } from '../store/grant-basis.ts';
import { selectLaunchOfGrant, type LaunchContext } from '../store/launches.ts';
import {
  exchange,
  selectRedemptions,
  type Exchange,
  type Redemption,
  type TokenName,
  type Use,
} from '../store/redemptions.ts';
import { refusal } from './refusal.ts';
import type { TokenRedemption } from './state.ts';

export interface Redemptions {
  /** The token, if it has not expired and its session, if it needs one, has not ended. The data read with it is kept for the request. */
  find(name: TokenName): Promise<{ row: ArtifactRow; signedIn: boolean; isHealthWorker: boolean } | undefined>;
  /** The grant read with the token of this request; undefined if there was none or it has another id. */
  grant(idHash: Buffer): ArtifactRow | undefined;
  /** The person of this request's token, disabled or not; undefined if there was no token or the account is another one. */
  account(accountId: string): { account: Account | undefined } | undefined;
  launchOf(grantId: string): Promise<LaunchContext | undefined>;
  /** Returns the basis of the grant of this request's token, and whether the person has a role now. */
  basisOf(): { basis: GrantBasis | undefined; hasRole: boolean };
  /** Notes that the token is to be used up. This happens together with `make`, or at the latest at `settle`. */
  use(use: Use): Promise<void>;
  /** Writes an artifact made from the token that is used up. @throws a refusal if another request has used the token */
  make(made: NewArtifact): Promise<'made' | 'nothing-used'>;
  /** Notes the artifacts that this request ends. */
  noteEnded(artifacts: readonly EndedArtifact[]): void;
  /** Returns the artifacts that the request has ended, and the account of its code or token. */
  endedBy(): { ended: readonly EndedArtifact[]; accountId: string | undefined };
  /** Must be awaited before the request is answered. @throws a refusal if another request has used the token */
  settle(): Promise<void>;
}

// Higher concurrency would make smaller batches: more statements and more commits, which cause most of the cost.
const pace = { concurrency: 1, maxBatch: 100 };

export function openRedemptions({ sql, clock }: { sql: Sql; clock: () => Date }): Redemptions {
  const finding = createBatcher<TokenName, Redemption | undefined>({
    ...pace,
    name: 'codes and refresh tokens',
    run: (names) => selectRedemptions(sql, names, clock()),
  });
  const exchanging = createBatcher<Exchange, boolean>({
    ...pace,
    name: 'exchanges of codes',
    run: (exchanges) => exchange(sql, exchanges),
  });

  /** Undefined outside of the engine's work on a request, where nothing would call `settle`. */
  function underWay(): TokenRedemption | undefined {
    return Provider.ctx && (requestState().redemption ??= {});
  }

  return {
    async find(name) {
      const found = await finding.submit(name);
      const known = underWay();
      if (known !== undefined) known.found = found;
      const isHealthWorker = found?.account?.identities.some(({ type }) => type === 'Practitioner') === true;
      return found && { row: found.artifact, signedIn: found.signedIn, isHealthWorker };
    },
    grant(idHash) {
      const grant = underWay()?.found?.grant;
      return grant?.id_hash.equals(idHash) === true ? grant : undefined;
    },
    account(accountId) {
      const found = requestState().redemption?.found?.account;
      if (found?.account_id !== accountId) return undefined;
      return { account: found.disabled_at === null ? toAccount(found) : undefined };
    },
    async launchOf(grantId) {
      const { found } = requestState().redemption ?? {};
      const grantHash = hash('sha256', grantId, 'buffer');
      return found?.grant?.id_hash.equals(grantHash) === true ? found.launch : selectLaunchOfGrant(sql, grantHash);
    },
    basisOf() {
      const { basis, hasRole = false } = requestState().redemption?.found ?? {};
      return { basis, hasRole };
    },
    async use(use) {
      const known = underWay();
      if (known?.found === undefined) await useUp(sql, use);
      else known.use = use;
    },
    async make(made) {
      const known = underWay();
      const used = known?.use;
      if (used === undefined) return 'nothing-used';
      known!.use = undefined;
      if (!(await exchanging.submit({ used, made }))) throw refusal('used-already');
      return 'made';
    },
    noteEnded(artifacts) {
      const known = (requestState().redemption ??= {});
      known.ended = [...(known.ended ?? []), ...artifacts];
    },
    endedBy() {
      const { found, ended = [] } = requestState().redemption ?? {};
      const accountId = found?.account?.account_id ?? ended.find(({ account_id: id }) => id !== null)?.account_id;
      return { ended, accountId: accountId ?? undefined };
    },
    async settle() {
      const known = requestState().redemption;
      const used = known?.use;
      if (used === undefined) return;
      known!.use = undefined;
      await useUp(sql, used);
    },
  };
}

/** Uses up a token. Of parallel requests, this statement lets only one succeed. */
async function useUp(sql: Sql, { model, idHash, now, grace }: Use): Promise<void> {
  if (!(await consumeArtifact(sql, model, idHash, now, grace))) throw refusal('used-already');
}
