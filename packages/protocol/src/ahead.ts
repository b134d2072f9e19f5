/** @dhp/protocol/ahead: token requests before the web framework, and what measures tokens. */
export { grantChannel } from './engine/decision.ts';
export { busyChannel, type BusyGates, openGates } from './limits/busy.ts';
export { aheadChannel, type RequestAhead, tokensAhead } from './endpoints/token-ahead.ts';
