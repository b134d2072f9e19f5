/** Acts of operators on people, and the texts of an act. */
import type { MessageValue } from '@dhp/messages';

/** One act: the button, the question, what follows from it, and what is said when it is done. */
export interface ActTexts {
  label: string;
  /** `name` is the person or thing that it is done to. */
  question: string | ((values: { readonly name: MessageValue }) => string);
  follows: Readonly<Record<string, string>>;
  done: string;
}

export const personActs = [
  'disable',
  'enable',
  'reset-link',
  'paper-code',
  'reset-password',
  'reset-factors',
  'unlock',
  'sign-out',
] as const;
export type PersonAct = (typeof personActs)[number];
