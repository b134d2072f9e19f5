/** A database that cannot be reached or started. Its message is for the person at the terminal. */
export class DatabaseError extends Error {
  override name = 'DatabaseError';
}
