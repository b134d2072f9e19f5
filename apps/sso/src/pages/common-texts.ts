import { operatorStyle } from '@dhp/administration/server';
import { passkeyScript } from '@dhp/sign-in/pages';
import { style, tiles } from '@dhp/sso-pages';

/** The texts that many pages have, in the order in which pages have them. */
export const commonTexts: readonly string[] = [style, operatorStyle, String(tiles), passkeyScript];
