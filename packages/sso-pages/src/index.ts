/** @dhp/sso-pages: the frame of all pages. */
export { clientHead, linkTo } from './frame/client-head.ts';
export { addFavicon } from './frame/favicon.ts';
export { contentSecurityPolicy, page, actionOf, type FormOptions, type PageOptions } from './frame/layout.ts';
export { style } from './frame/style.ts';
export { symbols, tiles } from './frame/symbols.ts';
export { troublePage } from './frame/trouble-page.ts';
