/** A line of a list of facts. */
import { markup, type Html } from '@dhp/web-kit';

/** A term of a list of facts, and what it says. */
export const fact = (name: string, value: Html | string): Html =>
  markup`<dt>${name}</dt>
    <dd>${value}</dd>`;
