/** Name of an organisation on a page, followed by the id of its record in small type; only the id if there is no name. */
import { markup, type Html } from '@dhp/web-kit';

interface Called {
  readonly organization: string;
  readonly name?: string | undefined;
}

export const nameOf = ({ organization, name }: Called): string => name ?? `Organization/${organization}`;

/** Empty if the name already contains the id. */
export const idOf = ({ organization, name }: Called): Html =>
  name === undefined ? markup`` : markup` <small class="quiet">Organization/${organization}</small>`;
