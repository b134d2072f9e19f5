/** @dhp/sso-pages/refusals: every refusal of the server, declared once with its status and text. */
export { faultKind } from './refusals/database-kind.ts';
export {
  basicChallenge,
  type OAuthError,
  oauthErrorBody,
  type OAuthErrorKind,
  oauthErrors,
  withErrorPage,
} from './refusals/oauth-errors.ts';
