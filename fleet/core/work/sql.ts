import type { SchemaNames } from '../database/names.js';
import type { Migrations } from '../database/schema.js';
import { DEAD, LAPSED, SITE_PREFIX, UNLISTED, WORK } from './names.js';

/** What may be said of work in SQL; made when pg-boss has made its own tables. */
export const WORK_MIGRATIONS: Migrations = { part: 'work', steps: [tables, sending, giving, views] };

/** A terminal that no instance has listed for this long gets no audits, and is none of "all". */
const LISTED_FOR = "interval '1 day'";
/** And for this long, is forgotten. */
const GONE_AFTER = "interval '60 days'";

/** What is remembered of a terminal's work, and how its open work is found. */
function tables({ schema, work }: SchemaNames): string {
  return `
    alter table ${schema}.terminal
      add column finished_at timestamptz,
      add column failed_at timestamptz,
      add column error jsonb,
      add column former_serial text,
      add column replaced_at timestamptz;
    create index fleet_open on ${work}.job_common (singleton_key) where state < 'completed';`;
}

/**
 * Sending. The doubles of what waits become one by pg-boss's own index (policy short); a terminal has three places in its
 * queue, so that what is due now does not swallow what must be done later.
 */
function sending({ schema, work, channel }: SchemaNames): string {
  const wake = `perform pg_notify('${bare(channel(WORK))}', target);`;
  return `
    create function ${schema}.queue_of(site text) returns text
    language sql immutable strict parallel safe set search_path = pg_catalog, pg_temp as $$
      select '${SITE_PREFIX}' || left(encode(sha256(convert_to(site, 'UTF8')), 'hex'), 32)
    $$;

    create function ${schema}.priority_number(priority text) returns integer
    language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
    begin
      case priority
        when 'revoke' then return 100;
        when 'change' then return 50;
        when 'audit' then return 0;
        else null;
      end case;
      raise exception 'No priority "%"', priority using errcode = '22023', hint = 'revoke, change or audit';
    end $$;

    create function ${schema}.place_of(terminal text, place text) returns text
    language sql immutable strict parallel safe set search_path = pg_catalog, pg_temp as $$
      select terminal || case place when '' then '' else E'\\u0001' || place end
    $$;

    create function ${schema}.lapsed(job ${work}.job_common) returns boolean
    language sql stable set search_path = pg_catalog, pg_temp as $$
      select coalesce(job.data ? 'again', false) or coalesce(job.output->'value'->>'message' = '${LAPSED}', false)
    $$;

    -- The one way in. What failed and waits for its next attempt is done by newer work too, which begins to count anew.
    create function ${schema}.enqueue(
      given text, wanted integer, after interval, place text, again boolean, whole boolean default false
    ) returns boolean language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
    declare
      target text;
      urgency integer := wanted;
      what jsonb := jsonb_build_object('terminal', given);
      folded integer := 0;
      gone ${work}.job_common;
      added boolean;
    begin
      select ${schema}.queue_of(t.site) into target from ${schema}.terminal t where t.name = given;
      target := coalesce(target, '${UNLISTED}');
      if place = '' then
        -- Found by the terminal (|| '': and not by the queue, whatever the statistics of a young table say).
        for gone in
          delete from ${work}.job_common j
          where j.singleton_key in (given, ${schema}.place_of(given, 'later'), ${schema}.place_of(given, 'again'))
            and j.state = 'retry' and j.name || '' = target returning j.*
        loop
          folded := folded + 1;
          urgency := greatest(urgency, gone.priority);
          again := again or ${schema}.lapsed(gone);
          whole := whole or gone.data ? 'whole';
        end loop;
      end if;
      if again then what := what || '{"again": true}'; end if;
      -- An audit, and a second look after a takeover, are for what nobody has sent: that is found by reading everything.
      if whole or wanted = 0 or place = 'again' then what := what || '{"whole": true}'; end if;
      insert into ${work}.job_common as j (
        name, data, priority, start_after, created_on, singleton_key, expire_seconds, deletion_seconds, keep_until,
        retry_limit, retry_delay, retry_backoff, retry_delay_max, policy, dead_letter, heartbeat_seconds
      )
      select q.name, what, urgency, now() + after, now(), ${schema}.place_of(given, place), q.expire_seconds,
        q.deletion_seconds, now() + after + q.retention_seconds * interval '1 s',
        q.retry_limit, q.retry_delay, q.retry_backoff, q.retry_delay_max, q.policy, q.dead_letter, q.heartbeat_seconds
      from ${work}.queue q where q.name = target
      on conflict (name, coalesce(singleton_key, '')) where state = 'created' and policy = 'short' do update set
        priority = greatest(j.priority, excluded.priority),
        start_after = case place when 'again' then greatest(j.start_after, excluded.start_after)
          else least(j.start_after, excluded.start_after) end,
        keep_until = greatest(j.keep_until, excluded.keep_until),
        data = j.data || excluded.data
      returning xmax = 0 into added;
      if added is null then
        raise exception 'The queue % is not there yet', target using errcode = '55000', hint = 'An instance of the fleet makes it when it starts';
      end if;
      if after <= interval '0' then ${wake} end if;
      return added and folded = 0;
    end $$;

    create function ${schema}.work(terminal text, priority text default 'change', after interval default '0')
    returns boolean language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
    begin
      if coalesce(work.terminal, '') = '' then
        raise exception 'Which terminal has work?' using errcode = '22004';
      end if;
      return ${schema}.enqueue(work.terminal, ${schema}.priority_number(work.priority), coalesce(work.after, interval '0'),
        case when work.after > interval '0' then 'later' else '' end, false);
    end $$;
    comment on function ${schema}.work is
      'Says that a terminal has work; true where none was waiting. In the transaction that changes something, it is sent with it or not at all';

    create function ${schema}.is_listed(seen_at timestamptz) returns boolean
    language sql stable set search_path = pg_catalog, pg_temp as $$ select seen_at > now() - ${LISTED_FOR} $$;

    -- In the order of their names: who locks several terminals in one order never waits for somebody who waits for him.
    create function ${schema}.work_of(names text[], priority text, out terminals integer, out added integer)
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
    begin
      select count(*), count(*) filter (where sent.new) into terminals, added from (
        select ${schema}.work(each.name, work_of.priority) as new
        from (select n.name from unnest(names) as n (name) order by n.name offset 0) each offset 0
      ) sent;
    end $$;

    create function ${schema}.work_site(site text, priority text default 'change')
    returns integer language sql security definer set search_path = pg_catalog, pg_temp as $$
      select (${schema}.work_of(array(
        select t.name from ${schema}.terminal t where t.site = work_site.site and ${schema}.is_listed(t.seen_at)
      ), work_site.priority)).added
    $$;
    comment on function ${schema}.work_site is 'work() for the listed terminals of a site; for how many none was waiting';

    create function ${schema}.work_all(priority text default 'change')
    returns integer language sql security definer set search_path = pg_catalog, pg_temp as $$
      select (${schema}.work_of(array(
        select t.name from ${schema}.terminal t where ${schema}.is_listed(t.seen_at)
      ), work_all.priority)).added
    $$;
    comment on function ${schema}.work_all is 'work() for all listed terminals; for how many none was waiting';`;
}

/** What instances say of terminals and of work that they cannot do. */
function giving({ schema, work, channel }: SchemaNames): string {
  return `
    -- What an instance lists. Work that waits in another queue than its terminal's own follows it.
    create function ${schema}.list_terminals(instance text, names text[], sites text[])
    returns integer language plpgsql set search_path = pg_catalog, pg_temp set lock_timeout = '5 s' as $$
    declare
      stray record;
      moved integer := 0;
    begin
      insert into ${schema}.terminal as t (name, site, listed_by, seen_at)
        select l.name, l.site, instance, now() from unnest(names, sites) as l (name, site) order by l.name
        on conflict (name) do update set site = excluded.site, listed_by = excluded.listed_by, seen_at = excluded.seen_at;
      delete from ${schema}.terminal t where t.seen_at < now() - ${GONE_AFTER};
      for stray in
        delete from ${work}.job_common j using (
          select w.id, w.name, t.name as terminal from ${work}.job_common w
          join ${schema}.terminal t on t.name = w.data->>'terminal'
          where w.state < 'active' and (w.name = '${UNLISTED}' or w.name like '${SITE_PREFIX}%')
            and w.name <> ${schema}.queue_of(t.site) and t.name = any (names)
          order by t.name for update of w skip locked
        ) found
        where j.id = found.id and j.name = found.name
        returning found.terminal, j.priority, j.start_after, j.singleton_key, ${schema}.lapsed(j) as again, j.data ? 'whole' as whole
      loop
        moved := moved + 1;
        perform ${schema}.enqueue(stray.terminal, stray.priority, greatest(stray.start_after - now(), interval '0'),
          split_part(stray.singleton_key, E'\\u0001', 2), stray.again, stray.whole);
      end loop;
      return moved;
    end $$;

    -- Back to the queue as if it had not been taken: the attempt does not count. begun: whoever takes it next looks again.
    create function ${schema}.give_back(queue text, job uuid, attempts integer, pause interval, begun boolean, target text)
    returns boolean language plpgsql set search_path = pg_catalog, pg_temp as $$
    declare
      was ${work}.job_common;
      newer uuid;
      again jsonb := case when begun then '{"again": true}' else '{}' end;
    begin
      select * into was from ${work}.job_common j
        where j.name = queue and j.id = job and j.state = 'active' and j.retry_count = attempts for update;
      if not found then return false; end if;
      -- Newer work of the same terminal that is due by then does this one as well; unless somebody is just sending it.
      select w.id into newer from ${work}.job_common w
        where w.name = queue and w.state = 'created' and w.policy = 'short' and target is null
          and w.singleton_key = split_part(was.singleton_key, E'\\u0001', 1) and w.start_after <= now() + pause
        for update skip locked;
      if found then
        update ${work}.job_common w set priority = greatest(w.priority, was.priority), data = w.data || was.data || again
          where w.name = queue and w.id = newer;
        delete from ${work}.job_common j where j.name = queue and j.id = job;
      else
        update ${work}.job_common j set
          name = coalesce(target, j.name), state = 'retry', started_on = null, heartbeat_on = null,
          start_after = now() + pause, data = j.data || again
        where j.name = queue and j.id = job;
      end if;
      if pause <= interval '0' and target is null then perform pg_notify('${bare(channel(WORK))}', queue); end if;
      return true;
    end $$;

    -- Dead letters as work again; those that were still there.
    create function ${schema}.resend(letters uuid[])
    returns integer language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
    declare
      letter record;
      sent integer := 0;
    begin
      for letter in
        delete from ${work}.job_common j using (
          select d.id from ${work}.job_common d where d.name = '${DEAD}' and d.id = any (letters) and d.state < 'completed'
          order by d.data->>'terminal' for update
        ) found
        where j.name = '${DEAD}' and j.id = found.id
        returning j.data->>'terminal' as terminal, j.priority
      loop
        sent := sent + 1;
        perform ${schema}.enqueue(letter.terminal, letter.priority, interval '0', '', false, true);
      end loop;
      return sent;
    end $$;
    comment on function ${schema}.resend is 'Makes work of dead letters again, by their ids; how many were still there';

    -- Audits of one night: each terminal once, whichever instance is first; share is how much of the night has passed.
    create function ${schema}.audit(names text[], night date, share double precision)
    returns integer language plpgsql set search_path = pg_catalog, pg_temp set lock_timeout = '5 s' as $$
    declare
      due text[];
    begin
      with claimed as (
        update ${schema}.terminal t set audited_on = night
        where t.name in (
          select c.name from ${schema}.terminal c
          where c.name = any (names) and ${schema}.is_listed(c.seen_at) and (c.audited_on is null or c.audited_on < night)
            and ('x' || left(md5(c.name), 8))::bit(32)::bigint <= share * 4294967296
          order by c.name for update skip locked
        )
        returning t.name
      )
      select coalesce(array_agg(claimed.name), '{}') into due from claimed;
      return (${schema}.work_of(due, 'audit')).terminals;
    end $$;`;
}

/** For pages. */
function views({ schema, work }: SchemaNames): string {
  const name = (number: string): string =>
    `case when ${number} >= 100 then 'revoke' when ${number} >= 50 then 'change' when ${number} is not null then 'audit' end`;
  return `
    create view ${schema}.dead_letter as
      select d.id, d.data->>'terminal' as terminal, coalesce(t.site, '') as site, ${name('d.priority')} as priority,
        coalesce(d.source_retry_count, 0) + 1 as attempts,
        coalesce(d.source_output->>'code', 'TIMEOUT') as code,
        coalesce(d.source_output->>'message', d.source_output->'value'->>'message', '') as message,
        d.created_on as failed_at, d.source_created_on as asked_at
      from ${work}.job_common d left join ${schema}.terminal t on t.name = d.data->>'terminal'
      where d.name = '${DEAD}' and d.state < 'completed';
    comment on view ${schema}.dead_letter is 'Work that failed for good; resend() makes work of it again';

    create view ${schema}.status as
      select t.name as terminal, t.site, t.serial, t.former_serial, t.replaced_at,
        ${schema}.is_listed(t.seen_at) as listed, t.seen_at as listed_at, t.listed_by,
        o.instance as owner, o.taken_at as owned_since,
        w.waiting, w.priority, w.next_at, w.active_since, w.attempt, w.dead,
        t.finished_at, t.failed_at, t.error->>'code' as error_code, t.error->>'message' as error, t.audited_on
      from ${schema}.terminal t
      left join ${schema}.ownership o on o.serial = t.serial and o.released_at is null
      cross join lateral (
        select
          count(*) filter (where j.name <> '${DEAD}' and j.state < 'active')::integer as waiting,
          ${name(`max(j.priority) filter (where j.name <> '${DEAD}' and j.state < 'active')`)} as priority,
          min(j.start_after) filter (where j.name <> '${DEAD}' and j.state < 'active') as next_at,
          min(j.started_on) filter (where j.name <> '${DEAD}' and j.state = 'active') as active_since,
          max(j.retry_count + 1) filter (where j.name <> '${DEAD}' and j.state = 'active') as attempt,
          count(*) filter (where j.name = '${DEAD}')::integer as dead
        from ${work}.job_common j
        where j.state < 'completed'
          and j.singleton_key in (t.name, ${schema}.place_of(t.name, 'later'), ${schema}.place_of(t.name, 'again'))
      ) w;
    comment on view ${schema}.status is 'Each terminal: its queue, who works on it, how its work ended last';`;
}

function bare(quoted: string): string {
  return quoted.slice(1, -1);
}
