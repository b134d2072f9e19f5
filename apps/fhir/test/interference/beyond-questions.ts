/** Questions that neither the usual nor the further ones are: about what is derived, ended or earlier, with positions that the asker makes up, and several kinds at once. */
import { ofBatches, ofOperations } from './beyond-operations.ts';
import { ended, piecesOf, type Kinds, type Pieces, type QuestionsOf } from './beyond-pieces.ts';
import { system } from './rich.ts';
import type { Asked } from './side.ts';
import { patients } from './world.ts';

/** The next question, about whatever there is. */
export function beyondQuestions(of: QuestionsOf): () => Asked {
  const pieces = piecesOf(of);
  const all = [
    ...ofVersions(pieces),
    ...ofDerived(pieces),
    ...ofForms(pieces),
    ...ofOperations(pieces),
    ...ofBatches(pieces),
  ];
  return () => pieces.one(all)();
}

const since = '_since=2020-01-01T00:00:00Z';
const dates = { past: 'Mon, 01 Jan 2024 00:00:00 GMT', future: 'Mon, 01 Jan 2999 00:00:00 GMT' };

/** Versions, deleted ones too, from places in the middle and behind the end. */
function ofVersions({ one, number, get, any }: Pieces): Kinds {
  const conditions = (): Record<string, string> =>
    one<Record<string, string>>([
      ...[{}, { 'if-none-match': `W/"${number(4)}"` }, { 'if-none-match': '*' }],
      ...[{ 'if-modified-since': dates.past }, { 'if-modified-since': dates.future }],
    ]);
  return [
    () => get(any(...ended), conditions()),
    () => get(`${any(...ended)}/_history/${number(5)}`, conditions()),
    () => ({ method: 'HEAD', path: any(...ended), headers: conditions() }),
    () => get(`${any(...ended)}/_history?_count=${one(['1', '2'])}&${one(['_before', '_after'])}=${number(5)}`),
    () => get(`${any(...ended)}/_history?${since}&_sort=_lastUpdated&_count=1`),
    () => get(`${any(...ended)}/_history?_at=${one(['2999', '2020', 'gt2020', '2020-01'])}&_count=2`),
    () =>
      get(
        `/${one(ended)}/_history?${one(['_count=1', `${since}&_sort=_lastUpdated&_count=2`, '_at=gt2020&_count=3'])}`,
      ),
    () => get(`/${one(ended)}/_history?_list=l-${one(['a', 'b', 'c', 'e'])}&_count=2`),
    () => get(`/_history?_count=${one(['1', '4'])}${one(['', '&_sort=_lastUpdated', '&_since=2020-01-01T00:00:00Z'])}`),
    () => ({ method: 'HEAD', path: `/${one(ended)}/_history?_count=2` }),
    () => get(`${any(...ended)}/_history/${number(3)}/$meta`),
    () =>
      get(`${any(...ended)}/${one(['$meta', '$validate', '$validate?mode=delete', '$explain-access', '$versions'])}`),
    () => get(`/$changes?_type=${one(ended)}&_count=${one(['1', '3'])}`),
    () => get(`/Observation?_content=${one(['kidney', 'heart'])}&_total=accurate`),
    () => get(`/Observation?identifier=${system}|O-other&_total=accurate`),
  ];
}

/** Resources that refer to others, and are seen or hidden by them. */
function ofDerived({ one, number, get, any, searched, patient, target }: Pieces): Kinds {
  return [
    () => searched('/Provenance', `target=${target()}`),
    () => searched('/Provenance', one([`patient=${patient()}`, 'agent=Practitioner/d', 'target:Observation.code=x1'])),
    () =>
      searched(
        '/Observation',
        one(['_revinclude=Provenance:target', '_has:Provenance:target:agent=Practitioner/d', '_revinclude=*']),
      ),
    () => searched('/Encounter', '_revinclude=Provenance:target', '_revinclude:iterate=Flag:encounter'),
    () => searched('/Provenance', `_include=Provenance:target`, `_include:iterate=Observation:encounter`),
    () =>
      get(
        any(
          'Provenance',
          'Bundle',
          'Appointment',
          'Group',
          'RelatedPerson',
          'QuestionnaireResponse',
          'DiagnosticReport',
        ),
      ),
    () =>
      searched(
        '/RelatedPerson',
        one([`patient=${patient()}`, 'name=Karimov', 'patient.name=Aliyev', '_include=RelatedPerson:patient']),
      ),
    () =>
      searched(
        '/Patient',
        one([
          '_has:RelatedPerson:patient:name=Aliyev',
          '_revinclude=RelatedPerson:patient',
          '_has:Group:member:_id=g1',
        ]),
      ),
    () =>
      searched(
        '/Appointment',
        one([`patient=${patient()}`, `actor=${patient()}`, 'actor:Patient.name=Karimov', '_include=Appointment:actor']),
      ),
    () =>
      searched(
        '/Patient',
        one([
          '_has:Appointment:actor:status=booked',
          '_has:Appointment:patient:_tag=theirs',
          '_revinclude=Appointment:actor',
        ]),
      ),
    () =>
      searched(
        '/DiagnosticReport',
        one([
          `result=Observation/o${number(30)}`,
          'result.code=x2',
          'result.subject:Patient.active=true',
          '_include=DiagnosticReport:result',
        ]),
      ),
    () =>
      searched(
        '/Observation',
        one(['_has:DiagnosticReport:result:code=x1', '_has:DiagnosticReport:result:subject:Patient.active=true']),
      ),
    () =>
      searched(
        '/QuestionnaireResponse',
        one([
          `subject=${patient()}`,
          `source=${patient()}`,
          'part-of:Observation.status=final',
          'author=Practitioner/d',
        ]),
      ),
    () =>
      searched(
        '/Flag',
        one([
          `subject=${patient()}`,
          'encounter.status=completed',
          '_has:Provenance:target:patient.active=true',
          'code=x2',
        ]),
      ),
    () => searched('/Group', one([`member=${patient()}`, 'member:Patient.name=Karimov', '_include=Group:member'])),
    () =>
      searched('/Bundle', one([`identifier=${system}|B-${number(4)}`, 'type=document', 'composition:missing=false'])),
    () => searched('/Bundle', one([`composition.subject=${patient()}`, 'composition.type=x1', '_include=*'])),
    () =>
      searched(
        `/${one([patient(), 'Practitioner/d', `RelatedPerson/r-${one(patients)}`])}/${one(['Appointment', 'Provenance', 'Group', 'RelatedPerson', '*'])}`,
        '_count=3',
      ),
    () =>
      searched(
        '/Observation',
        `_filter=${encodeURIComponent(one(['patient.name co "ali" and not (code eq x1)', 'encounter.part-of.status eq completed or identifier pr false', 'has-member.derived-from pr true', `(_id eq o${number(30)} or _id eq o${number(30)}) and subject.active eq true`]))}`,
      ),
    () =>
      searched(
        '/List',
        one([
          'item:Observation.subject:Patient.active=true',
          'item:Observation._has:DiagnosticReport:result:code=x1',
          '_revinclude:iterate=List:item',
        ]),
      ),
    () =>
      searched(
        '/Observation',
        '_revinclude=List:item',
        '_revinclude:iterate=Provenance:target',
        '_include=Observation:subject',
        '_include:iterate=Patient:general-practitioner',
      ),
    () =>
      get(
        `/Observation?_sort=${one(['patient.name', 'encounter.status', '-code,_id', 'date,-_id'])}&_elements=${one(['code', 'identifier'])}&_count=2`,
      ),
  ];
}

/** Searches that are sent as forms, in part as a query, and by other formats. */
function ofForms({ one, number, get, patient, usual }: Pieces): Kinds {
  const form = (path: string, ...parts: string[]): Asked => ({
    ...{ method: 'POST', path, form: new URLSearchParams(parts.join('&')).toString() },
  });
  const criterion = (): string =>
    one(['status=final', 'code=x1', `identifier=${system}|O-${number(12)}`, `_id=o${number(30)}`]);
  return [
    () =>
      form(
        '/_search',
        `_type=${one(['Observation,Flag', 'Provenance,Bundle', 'Patient,Appointment'])}`,
        one(['_tag=ours', '_tag=theirs', '_lastUpdated=gt2020']),
        '_total=accurate&_count=3',
      ),
    () => form(`/${patient()}/_search`, one(['_total=accurate', '_summary=count', '_type=Observation,List&_count=2'])),
    () => form(`/${patient()}/Observation/_search`, criterion(), '_total=accurate'),
    () => form(`/Observation/_search?${criterion()}`, criterion(), '_total=accurate'),
    () =>
      get(usual(), {
        accept: one([
          'application/fhir+xml',
          'application/fhir+ndjson',
          'text/html',
          'application/fhir+json; fhirVersion=5.0',
        ]),
      }),
    () =>
      get(
        usual(),
        one<Record<string, string>>([
          { 'if-none-match': '*' },
          { 'if-modified-since': dates.future },
          { 'if-none-match': 'W/"1"' },
        ]),
      ),
    () => get(usual(), { prefer: one(['handling=lenient', 'handling=strict', 'return=minimal']) }),
    () => get(usual(), { 'x-purpose-of-use': one(['TREAT', 'HRESCH', 'HMARKT']) }),
    () => get(usual(), { 'accept-language': one(['uz', 'ru', 'fr']) }),
  ];
}
