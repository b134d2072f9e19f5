/** @dhp/protocol/developers: the outcome of requests, for the developers of clients. */
export { clientTokenSeconds, type ClientTokenOptions, signClientToken } from './endpoints/client-token.ts';
export { exchangeOutcome } from './endpoints/exchange-outcome.ts';
export { launchUrl, makeLaunch } from './endpoints/make-launch.ts';
