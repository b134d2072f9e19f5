/** @dhp/sso-pages/answers: refusals, header fields and languages of answers. */
export {
  addErrorHandlers,
  kindOf,
  refuseOtherMethods,
  leadToErrorPages,
  sendRefusal,
  sendTrouble,
  troubleHeaders,
  troubleOf,
  wantsPage,
  refuseByJson,
  sendJson,
} from './answers/errors.ts';
export { askedLanguage, enginePageLanguage, pageLanguage, rememberLanguage } from './answers/page-language.ts';
export { refuseUnreadableQueries, refuseConnection } from './answers/unreadable.ts';
export { addSecurityHeaders, openDocument, securityHeaders, setSecurityHeaders } from './answers/security.ts';
export { acceptUploads } from './answers/uploads.ts';
