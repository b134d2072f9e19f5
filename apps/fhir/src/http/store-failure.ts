/** Translates the store's reasons for not answering a search into failures of the error catalogue. */
import { SearchNotPossible, SearchTimeout } from '@dhp/fhir-store';
import { CursorExpired } from '@dhp/search-index/search';
import { failure } from './errors.ts';

/**
 * Runs a search of an address below the base URL by an interaction. Fails with
 * `search-timeout`, `search-unsupported` or `page-link-expired` where the store cannot do it.
 */
export async function fromStore<Result>(
  work: () => Promise<Result>,
  { path, interaction }: { readonly path: string; readonly interaction: string },
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof SearchTimeout) {
      const diagnostics = `The search of ${path === '' ? 'the base URL' : path} was ended by the time limit of the database.`;
      throw failure('search-timeout', {}, { diagnostics });
    }
    if (error instanceof CursorExpired) {
      const diagnostics =
        'The database was replaced, restored or lost its last transactions since the link was made. Begin again without _cursor.';
      throw failure('page-link-expired', {}, { diagnostics, expression: 'http._cursor' });
    }
    if (error instanceof SearchNotPossible) {
      throw failure('search-unsupported', { name: interaction }, { diagnostics: `${error.message}.` });
    }
    throw error;
  }
}
