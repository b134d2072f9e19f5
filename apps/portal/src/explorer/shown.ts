/** The parts of the page of the explorer. */
import type { ExplorerOptions } from '../options.ts';
import type { Answered } from './call.ts';
import type { Snippet } from './snippets.ts';
import type { Typed } from './typed.ts';

/** An application whose token can be sent. */
export interface Choice {
  readonly id: string;
  readonly name: string;
}

export type Result =
  | { readonly answered: Answered; readonly sent: Snippet }
  | { readonly refused: 'path' | 'away' }
  | { readonly refused: 'header'; readonly detail: string }
  | { readonly refused: 'token'; readonly detail: string; readonly reason: string };

export interface Shown {
  readonly typed: Typed;
  readonly choices: readonly Choice[];
  readonly servers: ExplorerOptions;
  readonly result?: Result;
}
