/** The parts of the page of the explorer. */
import type { ExplorerOptions } from '../options.ts';
import type { Answered } from './call.ts';
import type { Checked } from './check.ts';
import type { Held, OwnApplication } from './own-token.ts';
import type { Template } from './templates.ts';
import type { Snippet } from './snippets.ts';
import type { Typed } from './typed.ts';

/** An application whose token can be sent. */
export interface Choice {
  readonly id: string;
  readonly name: string;
}

export type Result = { readonly answered: Answered; readonly sent: Snippet } | { readonly checked: Checked } | Refused;

/** Why a call was not made. */
export type Refused =
  | { readonly refused: 'path' | 'away' | 'nothing' }
  | { readonly refused: 'header' | 'own-token'; readonly detail: string }
  | { readonly refused: 'token'; readonly detail: string; readonly reason: string };

export interface Shown {
  readonly typed: Typed;
  readonly choices: readonly Choice[];
  readonly servers: ExplorerOptions;
  readonly templates: readonly Template[];
  /** Applications with which the visitor can sign in for a token, judged by their kind. */
  readonly people: readonly Pick<OwnApplication, 'id' | 'name'>[];
  /** Redirect address that such an application needs. */
  readonly ownRedirectUri: string;
  readonly held?: Held | undefined;
  /** The token has just been revoked. */
  readonly isForgotten?: boolean;
  readonly result?: Result;
}
