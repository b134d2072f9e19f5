/** Lists of which a page is shown, and whether more follows. */

/** A page, and whether more follows. */
export interface Listed<Row> {
  rows: Row[];
  more: boolean;
}

/** The last row of a page: the next one begins behind it. */
export interface Place {
  created: Date;
  id: string;
}

/** @param rows one more than the limit where more follow */
export function listed<Row>(rows: readonly Row[], limit: number): Listed<Row> {
  return { rows: rows.slice(0, limit), more: rows.length > limit };
}
