/** Words of commands by which the tests here recognise what they are told. Those tests rarely run; one that always runs finds each of these in a message. */
export const said = {
  serverRuns: /is connected to the database.*End the FHIR servers of /,
  notAsked: /cannot be asked/,
  noWorker: /No worker is named/,
  divided: /divided among the nodes/,
  planned: /would be moved from .* to .*, in .* shards/,
  backup: /take a backup first/,
  underWay: /several nodes is not finished: dhp migrate --distributed --environment .* continues it/,
  notFinished: /several nodes is not finished: no server opens it/,
  done: /Start the servers again/,
  takesNone: /takes shards, but has none/,
  notMoved: /not all moved: /,
  hasShards: /dhp shards drain/,
  away: /The node .* does not answer/,
} as const;
