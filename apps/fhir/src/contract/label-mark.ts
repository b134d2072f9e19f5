/**
 * The extension of a Coding in `meta.security` that marks a label shown by the server: nobody has written it. Sending it back sets no
 * label.
 */
import { codingOf } from '@dhp/labels';

const url = 'urn:dhp:label-of-server';

/** A label of the server as answers show it. */
export function shownCoding(label: string): object {
  return { extension: [{ url, valueBoolean: true }], ...codingOf(label) };
}

/** Whether a Coding is one that the server has shown. */
export function isShownCoding(coding: unknown): boolean {
  if (typeof coding !== 'object' || coding === null) return false;
  const { extension } = coding as Readonly<Record<string, unknown>>;
  return Array.isArray(extension) && extension.some((one) => (one as { url?: unknown } | null)?.url === url);
}

/** Whether there may be one in a text. */
export function mayHaveShown(text: string): boolean {
  return text.includes(url);
}
