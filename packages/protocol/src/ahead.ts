/** @dhp/protocol/ahead: token requests handled before the web framework, and the channels for measuring tokens. */
export { grantChannel } from './engine/decision.ts';
export { busyChannel, type BusyGates, openGates } from './limits/busy.ts';
export { aheadChannel, type RequestAhead, tokensAhead } from './endpoints/token-ahead.ts';
