/** A line of a list of facts. */
import { markup, type Html } from '@dhp/web-kit';

/** An entry of a list of facts: the term and its value. */
export const fact = (name: string, value: Html | string): Html =>
  markup`<dt>${name}</dt>
    <dd>${value}</dd>`;
