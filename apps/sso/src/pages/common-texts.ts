import { operatorStyle } from './operator/operator-style.ts';
import { passkeyScript } from './passkey-script.ts';
import { style } from './style.ts';
import { tiles } from './symbols.ts';

/** The texts that many pages have, in the order in which pages have them. */
export const commonTexts: readonly string[] = [style, operatorStyle, String(tiles), passkeyScript];
