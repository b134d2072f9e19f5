/** Name of an organisation on a page, with the id of its record small behind it; only the id if there is no name. */
import { markup, type Html } from '@dhp/web-kit';

interface Called {
  readonly organization: string;
  readonly name?: string | undefined;
}

export const nameOf = ({ organization, name }: Called): string => name ?? `Organization/${organization}`;

/** Nothing if the name says it already. */
export const idOf = ({ organization, name }: Called): Html =>
  name === undefined ? markup`` : markup` <small class="quiet">Organization/${organization}</small>`;
