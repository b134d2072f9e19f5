/** @dhp/request-log: requests of applications, for their developers. */
export type { LoggedIssue, LoggedRequest } from './logged-request.ts';
export { maskedName, maskedPath, maskedQuery, maskedText } from './mask.ts';
export { beginningOf, withoutSecrets, withoutTokens } from './secrets.ts';
export { keepRequestLog, type RequestLog } from './keep-request-log.ts';
export { readQuestion, QuestionError, type LogQuestion } from './question.ts';
export type { LogBucket, LogPage, RequestLogStore } from './page.ts';
