import { accessErrors } from './access.ts';
import { authenticationErrors } from './authentication.ts';
import { bodyErrors } from './body.ts';
import { budgetErrors } from './budget.ts';
import { bundleErrors } from './bundle.ts';
import { conditionalErrors } from './conditional.ts';
import { patchErrors } from './patch.ts';
import { requestErrors } from './request.ts';
import { resourceErrors } from './resource.ts';
import { searchErrors } from './search.ts';
import { storableErrors } from './storable.ts';
import { terminologyErrors } from './terminology.ts';

export type { CatalogueEntry } from './entry.ts';

/**
 * Every error this server answers with, by its stable code. Codes are never renamed or reused: clients may switch on them.
 * docs/errors.md is generated from this table.
 */
export const errorCatalogue = {
  ...authenticationErrors,
  ...accessErrors,
  ...requestErrors,
  ...bodyErrors,
  ...bundleErrors,
  ...budgetErrors,
  ...conditionalErrors,
  ...patchErrors,
  ...resourceErrors,
  ...storableErrors,
  ...searchErrors,
  ...terminologyErrors,
} as const;

export type ErrorCode = keyof typeof errorCatalogue;
