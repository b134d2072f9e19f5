/** Acts of operators on people, and the texts of an act. */
import type { MessageValue } from '@dhp/messages';

/** Texts of one act: the button, the question, the consequences, and the message after success. */
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
