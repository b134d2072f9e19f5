/** The common ground of all pages for people: HTML, forms, compression. */
export { compressPages } from './compress-pages.ts';
export { acceptForms, equal, isSameKey, maskedKey } from './forms.ts';
export { markup, trustedHtml, type Html } from './markup.ts';
export { represent, send, type Representation } from './representation.ts';
