/** @dhp/protocol/developers: what those who develop clients are told of their requests. */
export { exchangeOutcome } from './endpoints/exchange-outcome.ts';
