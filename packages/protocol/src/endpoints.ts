/** @dhp/protocol/endpoints: the endpoints of OAuth 2.0, OpenID Connect and SMART App Launch. */
export { addAuthorizationEndpoint } from './endpoints/authorize.ts';
export { addClientLogos } from './endpoints/client-logo.ts';
export { addCorsOfRefusals } from './endpoints/cors.ts';
export { addEngineEndpoints } from './endpoints/engine-endpoints.ts';
export { addHealth } from './endpoints/health.ts';
export { addIntrospection } from './endpoints/introspection.ts';
export { addLaunch } from './endpoints/launch.ts';
export { addLimits } from './endpoints/limits.ts';
export { addMetadata, jwksPath, metadataPaths } from './endpoints/metadata.ts';
export { personOfToken, type PersonTokenOptions } from './endpoints/person-token.ts';
export { addRegistration } from './endpoints/registration.ts';
export { challenge, refusalReason, resourceToken, type ResourceTokenOptions } from './endpoints/resource-token.ts';
export { addRevocationFeed } from './endpoints/revocation-feed.ts';
export { addRevocation, revocationPath } from './endpoints/revocation.ts';
export { addQuestionsOfServers } from './endpoints/standing.ts';
export { addTokenEndpoint, tokenPath } from './endpoints/token.ts';
export { addUserInfo } from './endpoints/user-info.ts';
