/** The common parts of all pages for people: HTML, forms, compression, the chosen language. */
export { compressPages } from './compress-pages.ts';
export { acceptForms, acceptOwnForms, equal, isDecodable, isSameKey, maskedKey } from './forms.ts';
export { languageCookie, rememberedLanguage } from './language-cookie.ts';
export { markup, trustedHtml, type Html } from './markup.ts';
export { relayAddress, relayedAddress, relayedAddressField, type Relay } from './relayed-address.ts';
export { represent, send, type Representation } from './representation.ts';
