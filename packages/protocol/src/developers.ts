/** @dhp/protocol/developers: what those who develop clients are told of their requests. */
export { clientTokenSeconds, type ClientTokenOptions, signClientToken } from './endpoints/client-token.ts';
export { exchangeOutcome } from './endpoints/exchange-outcome.ts';
export { launchUrl, makeLaunch } from './endpoints/make-launch.ts';
