/** @dhp/protocol/ahead: token requests before the web framework. */
export { aheadChannel, type RequestAhead, tokensAhead } from './endpoints/token-ahead.ts';
