/**
 * Access tokens: RFC 6750 (how they are sent and refused), RFC 9068 (their claims), RFC 9449 (tokens bound to a key). A token is taken from
 * the Authorization header only.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { decodeJwt, decodeProtectedHeader, errors, jwtVerify, type JWTPayload } from 'jose';
import type { Access } from '../contract/access.ts';
import { accessOfClaims, claimedIn, type Facts } from './claimed.ts';
import {
  accessTokenClaims,
  besidePerson,
  openRevocations,
  type Revocations,
  type RevocationSettings,
} from './revocations.ts';
import { createProofChecker, type ProofSettings, type ProvenRequest } from './dpop-proof.ts';
import { Failure, failure } from './errors.ts';
import { openKeySet } from './key-set.ts';
import type { ProofNonces } from './proof-nonces.ts';
import { openStandings, type Standings, type StandingSettings } from './standings.ts';
import { createTokenCache } from './token-cache.ts';

/** @typeParam Bearer the value cached for a verified token */
export interface AuthenticationSettings<Bearer> {
  /** `iss` of the tokens, compared as a string. */
  issuer: string;
  /** `aud` of the tokens: the base URL of this server, compared as a string. */
  audience: string;
  jwksUri: string;
  /** Makes the value cached for a token, once for each verified token. */
  callerOf: (access: Access) => Bearer;
  /** As `Grant` of access.ts says. */
  trustsHealthWorkers?: boolean;
  /** The feed of the SSO's revocations; absent: tokens are valid until they expire. */
  revocations?: RevocationSettings;
  /**
   * The address at which the SSO confirms stored rights; asked with the key of the feed. Absent: rights are checked against the feed alone.
   */
  standing?: StandingSettings;
  /** Notes that a proof of possession was used, for all nodes. */
  useOnce: ProofSettings['useOnce'];
  /** Proofs of possession must have them; absent: not. */
  proofNonces?: ProofNonces;
  clock: () => Date;
}

/** A bearer is remembered until its token ends. */
export interface VerifiedBearer {
  readonly access: Access;
  readonly expiresAt: number;
}

export interface Authenticator<Bearer> {
  /** The bearer of a known good token, at once; undefined when `verify` must be asked. */
  readonly known: (authorization: string | undefined) => Bearer | undefined;
  /** Checks the Authorization header fully, and the proof of a token that is bound to a key. Rejects with a Failure. */
  readonly verify: (authorization: string | undefined, request: ProvenRequest) => Promise<Bearer>;
  /** The bearer of a token that was verified before, as it stands now. Rejects with a Failure where the token has ended or was revoked. */
  readonly again: (access: Access) => Promise<Bearer>;
  /** The reason why the token of these rights is no longer valid, by the revocations of the SSO; its expiry is not checked. */
  readonly doubt: (access: Access) => Failure | undefined;
  /** The same for the token, its sign-in and its client alone, without revocations of the person. */
  readonly doubtBesidePerson: (access: Access) => Failure | undefined;
  /**
   * Waits while nobody knows whether rights that something long continues by still stand.
   * @throws Failure where they were revoked, or are less by now
   */
  readonly goesOn: (access: Access, signal: AbortSignal) => Promise<void>;
  /** Undefined if the SSO is not asked for that. */
  readonly standings: Standings | undefined;
  /** Whether the keys of the SSO are there (they are fetched when not). */
  readonly ready: () => Promise<boolean>;
  readonly close: () => void;
}

/** Asymmetric signatures only: with an HMAC or `none` on the list, anyone who knows the public key could sign. */
const algorithms = [
  'ES256',
  'ES384',
  'ES512',
  'PS256',
  'PS384',
  'PS512',
  'RS256',
  'RS384',
  'RS512',
  'EdDSA',
  'Ed25519',
];
const clockToleranceSeconds = 5;

export function createAuthenticator<Bearer extends VerifiedBearer>(
  settings: AuthenticationSettings<Bearer>,
): Authenticator<Bearer> {
  const cache = createTokenCache<Bearer>({ entries: 20_000, characters: 16 * 1024 * 1024 });
  const keySet = openKeySet(settings.jwksUri, cache.clear);
  const revocations = openRevocations(settings.revocations, settings);
  const { clock, useOnce, proofNonces } = settings;
  const { doubt } = revocations;
  const standings = standingsOf(settings, doubt);
  const proofs = createProofChecker({ clock, useOnce, ...(proofNonces && { nonces: proofNonces }) });

  function known(authorization: string | undefined): Bearer | undefined {
    const bearer = authorization === undefined ? undefined : cache.get(authorization, settings.clock().getTime());
    // A bound token is proven again with every request.
    if (bearer === undefined || bearer.access.token.thumbprint !== undefined) return undefined;
    return revocations.doubt(bearer.access.token) === undefined ? bearer : undefined;
  }

  async function verify(authorization: string | undefined, request: ProvenRequest): Promise<Bearer> {
    const { scheme, token } = credentials(authorization);
    const bearer =
      cache.get(authorization ?? '', settings.clock().getTime()) ?? settings.callerOf(await verified(token));
    const { access } = bearer;
    await revocations.ready();
    const doubt = revocations.doubt(access.token);
    if (doubt !== undefined) throw doubt;
    cache.set(authorization ?? '', bearer);
    const { thumbprint } = access.token;
    if ((thumbprint === undefined) !== (scheme === 'bearer')) throw wrongScheme(thumbprint !== undefined);
    if (thumbprint !== undefined) await proofs.check(request, { token, thumbprint });
    return bearer;
  }

  async function verified(token: string): Promise<Access> {
    refuseByHeader(token);
    refuseByIssuer(token, settings.issuer);
    const claims = await verifiedClaims(token);
    refuseSharedAudience(claims, settings.audience);
    return accessOfClaims(claimedIn(claims), factsIn(claims, settings, revocations));
  }

  async function verifiedClaims(token: string): Promise<JWTPayload> {
    try {
      const { payload } = await jwtVerify(token, keySet.keyFor, {
        algorithms,
        typ: 'at+jwt',
        issuer: settings.issuer,
        audience: settings.audience,
        requiredClaims: ['exp', 'iat', 'sub', 'client_id', 'jti'],
        clockTolerance: clockToleranceSeconds,
        currentDate: settings.clock(),
      });
      return payload;
    } catch (error) {
      throw refusal(error, token, settings.audience);
    }
  }

  return {
    ...{ known, verify, ready: keySet.ready },
    again: (access) => standing(access, clock, revocations).then(settings.callerOf),
    doubt: ({ token }) => doubt(token),
    doubtBesidePerson: ({ token }) => doubt(besidePerson(token)),
    goesOn: (access, signal) => goesOn({ access, signal, doubt: ({ token }) => doubt(token), standings }),
    standings,
    close() {
      keySet.close();
      revocations.close();
    },
  };
}

function standingsOf(
  { standing: asked, revocations, ...settings }: Omit<AuthenticationSettings<VerifiedBearer>, 'callerOf'>,
  doubt: Revocations['doubt'],
): Standings | undefined {
  if (asked === undefined || revocations === undefined) return undefined;
  const { issuer, audience, clock, trustsHealthWorkers = false } = settings;
  return openStandings(asked, { key: revocations.key, issuer, audience, clock, trustsHealthWorkers, doubt });
}

function factsIn(
  claims: JWTPayload,
  { audience, trustsHealthWorkers = false }: Pick<AuthenticationSettings<never>, 'audience' | 'trustsHealthWorkers'>,
  { nameOf }: Revocations,
): Facts {
  const { client_id: clientId, sub, fhirUser, exp = 0, emergency } = claims;
  return {
    ...{ clientId: String(clientId), subject: String(sub), trustsHealthWorkers },
    fhirUser: localReference(typeof fhirUser === 'string' ? fhirUser : undefined, audience),
    expiresAt: exp * 1000,
    ...{ twoFactorsAt: twoFactorsIn(claims), launched: emergencyIn(emergency) },
    token: accessTokenClaims(claims, nameOf),
  };
}

/** Fails for rights whose token has ended or was revoked. */
async function standing(access: Access, clock: () => Date, revocations: Revocations): Promise<Access> {
  if (access.expiresAt <= clock().getTime()) {
    const end = new Date(access.expiresAt).toISOString();
    const diagnostics = `The token with which it was asked for expired at ${end}, before it was begun.`;
    throw failure('token-expired', {}, { diagnostics });
  }
  await revocations.ready();
  const doubt = revocations.doubt(access.token);
  if (doubt !== undefined) throw doubt;
  return access;
}

interface GoingOn extends Pick<Authenticator<VerifiedBearer>, 'doubt' | 'standings'> {
  readonly access: Access;
  readonly signal: AbortSignal;
}

async function goesOn({ access, signal, doubt, standings }: GoingOn): Promise<void> {
  for (;;) {
    const doubted = doubt(access);
    if (doubted?.code === 'token-revoked') throw doubted;
    if (doubted === undefined) {
      await standings?.ask([access]);
      const found = standings?.of(access);
      if (found === undefined || found === access) return;
      const diagnostics = 'The SSO gives not all of the rights any more by which it was asked for.';
      if (found !== 'unknown') throw failure('token-revoked', {}, { diagnostics });
    }
    await delay(1_000, undefined, { signal });
  }
}

/** The claims `acr` and `auth_time` (RFC 9068, section 2.2.1). */
function twoFactorsIn({ acr, auth_time: at }: JWTPayload): number | undefined {
  return acr === 'urn:dhp:acr:two-factors' && typeof at === 'number' ? at * 1000 : undefined;
}

/** A statement of an emergency with a launch. */
function emergencyIn(claim: unknown): Access['launched'] {
  const { reason, since } = (claim ?? {}) as { reason?: unknown; since?: unknown };
  return typeof reason === 'string' && typeof since === 'number' ? { reason, since: since * 1000 } : undefined;
}

/** `Patient/1` for the URL of a resource of this server; undefined for another one's. */
function localReference(url: string | undefined, base: string): string | undefined {
  return url?.startsWith(`${base}/`) === true ? url.slice(base.length + 1) : undefined;
}

function credentials(authorization: string | undefined): { scheme: 'bearer' | 'dpop'; token: string } {
  if (authorization === undefined || authorization === '') {
    throw failure('token-missing', {}, { diagnostics: 'The request has no Authorization header.' });
  }
  const [scheme = '', token = '', ...rest] = authorization.split(' ').filter((part) => part !== '');
  const name = scheme.toLowerCase();
  if (name !== 'bearer' && name !== 'dpop') {
    throw failure(
      'token-missing',
      {},
      { diagnostics: 'The Authorization header has another scheme than Bearer or DPoP.' },
    );
  }
  if (rest.length > 0 || !/^[\w.~+/=-]+$/.test(token)) {
    throw failure(
      'token-malformed',
      {},
      { diagnostics: 'The Authorization header is not "Bearer", a space and one token.' },
    );
  }
  return { scheme: name, token };
}

function wrongScheme(isBound: boolean): Failure {
  const diagnostics = isBound
    ? 'The token is bound to a key and was sent as a bearer token; send it as "DPoP" with a proof.'
    : 'The token is not bound to a key; send it as "Bearer".';
  return failure('token-scheme-wrong', {}, { diagnostics });
}

/** Algorithm and type first: they identify most wrong tokens, and cost nothing. */
function refuseByHeader(token: string): void {
  const { alg, typ } = readable(() => decodeProtectedHeader(token));
  if (typeof alg !== 'string' || !algorithms.includes(alg)) {
    const diagnostics = `The algorithm ${shown(alg)} is not accepted; accepted are ${algorithms.join(', ')}.`;
    throw failure('token-algorithm-refused', {}, { diagnostics });
  }
  const type = typeof typ === 'string' ? typ.toLowerCase().replace(/^application\//, '') : undefined;
  if (type !== 'at+jwt') {
    const diagnostics = `The token has typ ${shown(typ)}; an access token has typ "at+jwt".`;
    throw failure('token-type-refused', {}, { diagnostics });
  }
}

/** Refuses a token of another SSO before a key is looked up: it must not cause a fetch of keys, and gets a more precise answer. */
function refuseByIssuer(token: string, issuer: string): void {
  const { iss } = readable(() => decodeJwt(token));
  if (iss === issuer) return;
  const diagnostics = `The token was issued by ${shown(iss)}; this server trusts "${issuer}".`;
  throw failure('token-foreign-issuer', { issuer }, { diagnostics });
}

/** A token belongs to one environment; one that also names others is not accepted in any. */
function refuseSharedAudience(claims: JWTPayload, audience: string): void {
  if (Array.isArray(claims.aud) && claims.aud.some((each) => each !== audience))
    throw foreignAudience(claims.aud, audience);
}

function refusal(error: unknown, token: string, audience: string): unknown {
  if (error instanceof Failure) return error;
  if (error instanceof errors.JWTExpired) {
    return failure('token-expired', {}, { diagnostics: `The token expired at ${instant(error.payload.exp)}.` });
  }
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.claim === 'aud' && error.reason === 'check_failed') return foreignAudience(error.payload.aud, audience);
    if (error.claim === 'nbf' && error.reason === 'check_failed') {
      return failure(
        'token-not-yet-valid',
        {},
        { diagnostics: `The token is not valid before ${instant(error.payload.nbf)}.` },
      );
    }
    return failure('token-malformed', {}, { diagnostics: `The claim "${error.claim}" is missing or not valid.` });
  }
  if (error instanceof errors.JWSSignatureVerificationFailed) {
    const kid = shown(decodeProtectedHeader(token).kid);
    return failure(
      'token-signature-invalid',
      {},
      { diagnostics: `The signature does not verify with the key ${kid} of the SSO.` },
    );
  }
  if (error instanceof errors.JOSEError || error instanceof TypeError) return malformed(error);
  return error;
}

function foreignAudience(aud: unknown, audience: string): Failure {
  const diagnostics = `This token is for ${shown(aud)}; this server is "${audience}". Ask for a client of this environment.`;
  return failure('token-foreign-audience', { audience }, { diagnostics });
}

function malformed(error: Error): Failure {
  return failure('token-malformed', {}, { diagnostics: `The token is not a signed JWT: ${error.message}.` });
}

function readable<Part>(decode: () => Part): Part {
  try {
    return decode();
  } catch (error) {
    throw error instanceof Error ? malformed(error) : error;
  }
}

/** A value out of the caller's own token, for the message: short, as JSON. */
function shown(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 200);
}

function instant(seconds: number | undefined): string {
  const date = new Date((seconds ?? NaN) * 1000);
  return Number.isNaN(date.getTime()) ? 'an unknown time' : date.toISOString();
}
