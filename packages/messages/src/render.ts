import type { MessageValues } from './message.ts';

/** A message of a catalogue: its text, or a function of the values that it names. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- each message takes other values
export type Message = string | ((values: any) => string);

/** The values that a message needs. */
export type ArgumentsOf<One extends Message> = One extends (values: infer Values) => string
  ? Values
  : Readonly<Record<string, never>>;

/** The text of a message that is chosen by a key known only at run time. */
export function render(message: Message, values: MessageValues): string {
  return typeof message === 'string' ? message : message(values);
}
