import { refuses } from './searching.ts';

refuses('date: refusals', 'Observation', [
  ['date=yesterday', ['bad-value'], /YYYY-MM-DD/],
  ['date=23 May 2009', ['bad-value']],
  ['date=2009-13', ['bad-value']],
  ['date=2009-01-13T24:00', ['bad-value']],
  ['date=2009-01-13T10:00-24:00', ['bad-value']],
  ['date=2009-01-13T10:00+14:30', ['bad-value']],
  ['date=2009-02-30', ['bad-value']],
  ['date=2009-02-01T10', ['bad-value']],
  ['date=2009-02-01T10:00:00 05:00', ['bad-value'], /%2B/],
  ['date=xx2009', ['bad-value']],
  ['date=>2009', ['bad-value']],
  ['date:exact=2009', ['unknown-modifier'], /date.*:missing/],
  ['date=2009,x,2010,y', ['bad-value', 'bad-value']],
]);
