/** Columns of statements that read a person, and what was chosen for them, beside something else. */
import type { Session } from '@dhp/postgres';
import { personColumns } from './accounts.ts';

type Columns = ReturnType<Session>;

const columns = personColumns.map((name) => `p.${name}`).join(', ');

/** Columns of `sso.account p`, with the identities. */
export function accountColumns(sql: Session): Columns {
  return sql`
    p.account_id, p.username, ${sql.unsafe(columns)}, p.created_at, p.disabled_at, p.disabled_reason,
    coalesce((select jsonb_agg(jsonb_build_object('environment', i.environment, 'type', i.type, 'fhir_id', i.fhir_id)
                               order by i.environment, i.type)
              from sso.account_identity i where i.account_id = p.account_id), '[]') as identities`;
}

/** Column of `sso.launch l` as JSON, without a name; null where there is none. */
export function choiceColumn(sql: Session): Columns {
  return sql`
    case when l.launch_hash is not null then
      jsonb_build_object('patient', l.patient, 'encounter', l.encounter, 'practitioner', l.practitioner,
                         'intent', l.intent, 'need_patient_banner', l.need_patient_banner,
                         'smart_style_url', l.smart_style_url, 'fhir_context', l.fhir_context, 'picked', l.picked)
    end`;
}
