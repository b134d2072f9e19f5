/** Databases in which every replaced version is packed at once: all readers are tested with that form. */
import type { Session } from '../driver/sql.ts';

/** Whether the databases of the tests are packed (`npm test -- --packed`). */
export function isPackedInTests(): boolean {
  return process.env['DHP_TEST_PACKED'] === 'yes';
}

/**
 * PostgreSQL cannot compress with zstd, but a frame may contain its blocks uncompressed (RFC 8878, section 3.1.1.2), so a trigger can write
 * one. The dictionary has another text: nothing refers to it.
 */
export async function packInserted(sql: Session): Promise<void> {
  await sql.unsafe(`
    create function public.test_little(value bigint, length int) returns bytea language plpgsql immutable as $$
    declare made bytea := ''; begin
      for n in 1..length loop
        made := made || set_byte('\\x00'::bytea, 0, ((value >> (8 * (n - 1))) & 255)::int);
      end loop;
      return made;
    end $$;
    create function public.test_pack() returns trigger language plpgsql security definer as $$
    declare
      plain bytea := convert_to(new.content, 'UTF8');
      size int := octet_length(plain);
      at int := 0;
      block int;
      made bytea := '\\x28b52ffda0'::bytea || public.test_little(size, 4);
    begin
      if new.deleted or size = 0 or new.packed is not null then return new; end if;
      while at < size loop
        block := least(size - at, 131072);
        made := made || public.test_little(block::bigint << 3 | (case when at + block = size then 1 else 0 end), 3)
          || substring(plain from at + 1 for block);
        at := at + block;
      end loop;
      new.content := '';
      new.packed := made;
      new.size := size;
      new.dictionary := (select number from fhir.dictionary order by number limit 1);
      return new;
    end $$;
    create trigger test_pack before insert on fhir.history for each row execute function public.test_pack();
    insert into fhir.dictionary (number, bytes)
    select ('x' || encode(substring(sha256(b) from 1 for 4), 'hex'))::bit(32)::int, b
    from (select convert_to('a dictionary that says nothing', 'UTF8') as b) d`);
}
