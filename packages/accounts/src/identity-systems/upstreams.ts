/** The redirect to an identity system and back, for one sign-in in one browser. */
import { createHash, hash, randomBytes } from 'node:crypto';
import type { Sql } from '@dhp/postgres';
import type { Account } from '../people/account.ts';
import type { Hold } from '@dhp/grants/holds';
import { type EnvironmentName, seal, unseal } from '@dhp/sso-kit';
import {
  insertUpstreamState,
  selectUpstreamState,
  takeUpstreamState,
  type Purpose,
  type UpstreamStateRow,
} from '../store/upstreams.ts';
import type { Directory } from '../records/directory.ts';
import type { Outbound } from '@dhp/outbound';
import { accountOf, accountsOfPinfl, connect } from './linking.ts';
import { UpstreamRefusal, type Upstream, type UpstreamPerson } from './upstream.ts';

export interface Upstreams {
  /** Names for the buttons of the sign-in page. */
  list: readonly { id: string; name: string }[];
  /**
   * Returns the address to which the browser is sent; undefined if there is no such system.
   * @param o.uid of the sign-in, or of the session to whose account the person is connected
   */
  begin(id: string, o: { uid: string; purpose: Purpose; language: string }): Promise<string | undefined>;
  /** Returns the purpose of a state, with the uid of its sign-in or session. */
  ofState(state: string): Promise<{ uid: string; purpose: Purpose } | undefined>;
  /** @returns also how the person signed in there, and the id of the system. @throws UpstreamRefusal */
  finish(id: string, signIn: string, answer: URLSearchParams): Promise<{ account: Account; methods: string[] }>;
  /**
   * Connects the person who comes back from the system to the account of the session. @throws UpstreamRefusal; EndedMeanwhile if the
   * session has ended
   */
  connect(id: string, o: { sessionUid: string; accountId: string; answer: URLSearchParams; hold: Hold }): Promise<void>;
  /** Every account to which a PINFL may belong, according to identity systems and to the records. */
  accountsOfPinfl(pinfl: string): Promise<string[]>;
}

export interface UpstreamsOptions {
  sql: Sql;
  upstreams: readonly Upstream[];
  issuer: string;
  encryptionKey: Buffer;
  key: Buffer;
  directory: Directory;
  /** Environments whose records are trusted. */
  trusted: readonly EnvironmentName[];
  /** The guard of outbound requests; the given hosts are allowed in addition to those of the operator. */
  guard: (hosts: readonly string[]) => Outbound;
  clock: () => Date;
}

export const upstreamPath = '/upstream';

const minutes = 15;

export function openUpstreams(o: UpstreamsOptions): Upstreams {
  const find = (id: string): Upstream | undefined => o.upstreams.find((one) => one.id === id);
  const guards = new Map(o.upstreams.map(({ id, ownHosts = [] }) => [id, o.guard(ownHosts)]));
  const outboundOf = ({ id }: Upstream): Outbound => guards.get(id)!;
  const redirectUriOf = ({ id }: Upstream): string => `${o.issuer}${upstreamPath}/${id}`;
  const hashOf = (state: string): Buffer => hash('sha256', state, 'buffer');

  /** Returns the person with whom the browser came back; the state is used up. @throws UpstreamRefusal */
  async function comeBack(
    id: string,
    answer: URLSearchParams,
    isMeant: (state: UpstreamStateRow) => boolean,
  ): Promise<{ upstream: Upstream; person: UpstreamPerson; purpose: Purpose }> {
    const upstream = find(id);
    const known = await takeUpstreamState(o.sql, hashOf(answer.get('state') ?? ''), o.clock());
    if (upstream === undefined || known === undefined || known.upstream !== id || !isMeant(known)) {
      throw new UpstreamRefusal('unknown-state');
    }
    const code = answer.get('code');
    if (code === null || code === '') throw new UpstreamRefusal('no-code');
    const opened = unseal(o.encryptionKey, known.secrets, `upstream ${id}`).toString('utf8');
    const { nonce, codeVerifier } = JSON.parse(opened) as { nonce: string; codeVerifier: string };
    const redirectUri = redirectUriOf(upstream);
    const outbound = outboundOf(upstream);
    const person = await upstream.identify({ code, nonce, codeVerifier, redirectUri, outbound });
    return { upstream, person, purpose: known.purpose };
  }

  return {
    list: o.upstreams.map(({ id, name }) => ({ id, name })),
    async begin(id, { uid, purpose, language }) {
      const upstream = find(id);
      if (upstream === undefined) return undefined;
      const [state, nonce, codeVerifier] = [randomText(), randomText(), randomText()];
      const codeChallenge = createHash('sha256').update(codeVerifier).digest('base64url');
      const address = await upstream.address({
        state,
        nonce,
        codeChallenge,
        redirectUri: redirectUriOf(upstream),
        language,
        outbound: outboundOf(upstream),
      });
      const secrets = seal(o.encryptionKey, Buffer.from(JSON.stringify({ nonce, codeVerifier })), `upstream ${id}`);
      const expires = new Date(o.clock().getTime() + minutes * 60_000);
      await insertUpstreamState(o.sql, hashOf(state), { signIn: uid, purpose, upstream: id, secrets, expires });
      return address;
    },
    async ofState(state) {
      const found = await selectUpstreamState(o.sql, hashOf(state), o.clock());
      return found && { uid: found.sign_in, purpose: found.purpose };
    },
    async finish(id, signIn, answer) {
      const { upstream, person, purpose } = await comeBack(id, answer, ({ sign_in: uid, purpose: why }) => {
        return uid === signIn && why !== 'connect';
      });
      const account = await accountOf(o, upstream, person, purpose === 'own-account' ? purpose : 'sign-in');
      return { account, methods: [...person.methods, upstream.id] };
    },
    async connect(id, { sessionUid, accountId, answer, hold }) {
      const { upstream, person } = await comeBack(id, answer, ({ sign_in: uid, purpose }) => {
        return uid === sessionUid && purpose === 'connect';
      });
      await connect(o, upstream, person, { accountId, hold });
    },
    accountsOfPinfl: (pinfl) => accountsOfPinfl(o, pinfl),
  };
}

function randomText(): string {
  return randomBytes(32).toString('base64url');
}
