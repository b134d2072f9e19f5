/** The parameters of a query or a form, decoded; of one that is repeated, all values. */
export type Query = Readonly<Record<string, string | string[] | undefined>>;
