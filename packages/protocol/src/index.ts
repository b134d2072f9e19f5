/** @dhp/protocol: the protocol engine, sign-ins under way, and tokens. */
export { type Cors, type CorsOrigins, openCors } from './cors.ts';
export { askerOf, hiddenInContext } from './engine/context.ts';
export type { TokenDecision } from './engine/decision.ts';
export {
  type AuthorizationError,
  createEngine,
  type Engine,
  enginePaths,
  type EngineTemplates,
  type OwnSession,
  signInPath,
} from './engine/engine.ts';
export { relationOf } from './engine/relation.ts';
export { defaultSession, isAtSharedWorkstation, type SessionSettings } from './engine/session-limits.ts';
export { acr } from './engine/session-policy.ts';
export { allowsMethod } from './engine/sign-in-methods.ts';
export type { SignIn } from './engine/sign-in.ts';
export type { KnownPerson } from './engine/state.ts';
export { type Limits, openLimits, type RateLimits } from './limits/limits.ts';
export { sendLogoutNotices } from './logout/notices.ts';
