/** A message of a catalogue: its text, or a function of the values that it names. */
export type Message = string | Taking;

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- each message takes other values
type Taking = (values: any) => string;

/** The values that a message needs; of several messages, those that one of them needs. */
export type ArgumentsOf<One extends Message> = One extends (values: infer Values) => string
  ? Values
  : Readonly<Record<string, never>>;

/** The values of several messages together, of which one is chosen when the program runs: none is missing then. */
export type ArgumentsOfEach<Several extends Message> = [Extract<Several, Taking>] extends [never]
  ? Readonly<Record<string, never>>
  : [Extract<Several, Taking>] extends [(values: infer Values) => string]
    ? Values
    : never;

/**
 * The text of a message that is chosen by a key known only at run time. A value that one of the messages needs and `values` lacks does not
 * compile. Where a key is kept with its values, `ArgumentsOf` checks them where they come together, and the message is a `Message` here.
 * @example
 * const texts = { none: 'no session', some: ({ count }: { count: number }) => `sessions: ${count}` };
 * const keys = ['none', 'some'] as const;
 * keys.map((key) => render(texts[key], { count: 2 })); // [ 'no session', 'sessions: 2' ]
 */
export function render<One extends Message>(message: One, values: ArgumentsOfEach<One>): string {
  return typeof message === 'string' ? message : message(values);
}
