/** HTML as a tagged template: values are escaped unless they are HTML already. */

/** Text that may stand anywhere in HTML. */
export type Html = string & { readonly html: unique symbol };

/** Fills in values, escaped unless they are HTML already; lists are joined. */
export function markup(parts: TemplateStringsArray, ...values: readonly (string | Html | readonly Html[])[]): Html {
  const filled = values.map((value) => (Array.isArray(value) ? value.join('') : safe(value as string | Html)));
  return html(String.raw({ raw: parts }, ...filled));
}

/** Says of a text of our own that it is HTML. Never of a text that came from elsewhere. */
export function html(text: string): Html {
  return { toString: () => text } as unknown as Html;
}

function safe(value: string | Html): string {
  if (typeof value !== 'string') return String(value);
  return value.replace(/[&<>"']/g, (character) => `&#${String(character.codePointAt(0))};`);
}
