/** Options of the engine. */
import type { KeyObject } from 'node:crypto';
import type { Sql } from '@dhp/postgres';
import type { ClientKeys } from '@dhp/clients/authentication';
import type { KeyRing } from '@dhp/signing-keys';
import type { BusyGates } from '../limits/busy.ts';
import type { Limits } from '../limits/limits.ts';
import type { Cors } from '../cors.ts';
import type { Patients } from '@dhp/accounts/records';
import type { Registration } from '@dhp/clients/rows';
import type { EnvironmentName } from '@dhp/sso-kit';
import type { TokenDecision } from './decision.ts';
import type { FindRegistration } from '@dhp/clients';
import type { SessionSettings } from './session-limits.ts';
import type { LanguageOf } from './language-of-context.ts';
import type { EngineTemplates } from './templates.ts';

export interface EngineOptions {
  issuer: string;
  /** FHIR base URLs: the audience of each environment's tokens. */
  environments: Partial<Record<EnvironmentName, string>>;
  /** The supported `grant_type` values. */
  grants: readonly string[];
  keys: KeyRing;
  sql: Sql;
  /** 32 bytes: stored contents are sealed with it, and cookies are signed with keys derived from it. */
  encryptionKey: KeyObject;
  findRegistration: FindRegistration;
  /** A registration that was read before, if its row still has that version. */
  keptRegistration: (clientId: string, version: string) => Registration | undefined;
  /** The registration as last read, whatever its row contains now. */
  lastRegistration: (clientId: string) => Registration | undefined;
  clientKeys: ClientKeys;
  /** Records of patients: whether a record is in use, and whom a relative represents. */
  patients: Patients;
  resourceTypes: ReadonlySet<string> | undefined;
  /** Seconds after which a session ends without use, and however busy it was. */
  session: SessionSettings;
  clock: () => Date;
  onDecision: (decision: TokenDecision) => void;
  onSignedOut: (o: { address: string; accountId: string | undefined; clientId: string | undefined }) => void;
  /** Faults of ours: they are answered as server_error without a word about them. */
  onFault: (error: unknown) => void;
  templates: EngineTemplates;
  languageOf: LanguageOf;
  /** Every proof of possession (RFC 9449) must carry a nonce of ours. */
  requireDpopNonce: boolean;
  /** Types of records whose people must use two factors. */
  secondFactorFor: readonly string[];
  /** PKCE is required of confidential clients too (RFC 9700 section 2.1.1 recommends it). */
  requirePkce: boolean;
  /** The base address of the pages about OAuth errors; undefined: errors have no link to a page. */
  errorPages: string | undefined;
  limits: Limits;
  gates: BusyGates;
  cors: Cors;
}
