import type { SchemaNames } from './names.js';
import type { Migrations } from './schema.js';

/** Who is in the fleet, which terminals it has, and who works on which of them. */
export const CORE: Migrations = { part: 'core', steps: [tables, ownershipFunctions, notes] };

/** On this channel waits who wants a terminal: a clean release tells the key of its lock, or nothing for many. */
export const RELEASED = 'released';

function tables({ schema }: SchemaNames): string {
  return `
    create table ${schema}.instance (
      name text primary key,
      boot uuid not null,
      started_at timestamptz not null default clock_timestamp(),
      entered_at timestamptz not null default clock_timestamp(),
      seen_at timestamptz not null default clock_timestamp(),
      stopped_at timestamptz
    );
    comment on table ${schema}.instance is
      'Node-REDs of the fleet. boot: another one after each start; entered_at: since when its locks are on one connection';

    create table ${schema}.former_boot (boot uuid primary key, seen_at timestamptz not null);
    comment on table ${schema}.former_boot is 'When starts of instances that have been started again were seen last';

    create table ${schema}.terminal (
      name text primary key,
      site text not null default '',
      serial text,
      listed_by text,
      seen_at timestamptz not null default clock_timestamp(),
      audited_on date
    );
    comment on table ${schema}.terminal is 'What the instances find in their terminal directories';
    create index on ${schema}.terminal (site);

    create table ${schema}.ownership (
      serial text primary key,
      instance text not null,
      boot uuid not null,
      taken_at timestamptz not null,
      released_at timestamptz,
      quiet_until timestamptz
    );
    comment on table ${schema}.ownership is
      'Who had the lock of a terminal last; the lock itself is an advisory lock of PostgreSQL. released_at is null: has it, or did not end cleanly';
    create index on ${schema}.ownership (boot) where released_at is null;`;
}

function ownershipFunctions({ schema, channel }: SchemaNames): string {
  const released = `'${channel(RELEASED).slice(1, -1)}'`;
  return `
    create function ${schema}.enter(instance_name text, instance_boot uuid) returns void language plpgsql as $$
    begin
      insert into ${schema}.former_boot select i.boot, i.seen_at from ${schema}.instance i
        where i.name = instance_name and i.boot <> instance_boot and i.stopped_at is null
        on conflict do nothing;
      delete from ${schema}.former_boot f where f.seen_at < clock_timestamp() - interval '1 day';
      insert into ${schema}.instance (name, boot) values (instance_name, instance_boot)
        on conflict (name) do update set
          started_at = case when instance.boot = excluded.boot then instance.started_at else excluded.started_at end,
          boot = excluded.boot, entered_at = excluded.entered_at, seen_at = excluded.seen_at, stopped_at = null;
    end $$;

    -- Tells on which connection it was heard. A beat may be lost with the server, so nobody waits for its disk.
    create function ${schema}.beat(instance_name text, instance_boot uuid) returns integer language plpgsql as $$
    begin
      perform set_config('synchronous_commit', 'off', true);
      update ${schema}.instance i set seen_at = clock_timestamp() where i.name = instance_name and i.boot = instance_boot;
      if not found then perform ${schema}.enter(instance_name, instance_boot); end if;
      return pg_backend_pid();
    end $$;

    -- An owner that did not end cleanly may not have noticed yet: until it must have (stale), the terminal is not free.
    -- One that has entered again, or has left, knows.
    create function ${schema}.take_terminal(
      lock_key bigint, terminal_serial text, instance_name text, instance_boot uuid, quiet interval, stale interval,
      out taken boolean, out taken_over boolean, out quiet_ms double precision, out backend integer
    ) language plpgsql as $$
    declare
      was ${schema}.ownership;
      heard timestamptz;
      rest interval;
    begin
      backend := pg_backend_pid();
      taken_over := false;
      quiet_ms := 0;
      taken := pg_try_advisory_lock(lock_key);
      if not taken then return; end if;
      -- Waits for an owner that has unlocked and is about to commit that it did so.
      select * into was from ${schema}.ownership o where o.serial = terminal_serial for update;
      -- Also from oneself: what was under way when a connection ended may still be at work in the terminal.
      taken_over := found and was.released_at is null;
      if taken_over and was.boot <> instance_boot then
        select max(b.seen_at) into heard from (
          select i.boot, i.seen_at from ${schema}.instance i where i.stopped_at is null and i.entered_at <= was.taken_at
          union all select f.boot, f.seen_at from ${schema}.former_boot f
        ) b where b.boot = was.boot;
        -- Beats of the last moments before a crash of the server may be lost.
        if heard is not null then
          rest := greatest(heard, pg_postmaster_start_time()) + stale - clock_timestamp();
        end if;
        if rest > interval '0' and rest <= stale then
          perform pg_advisory_unlock(lock_key);
          taken := false;
          taken_over := false;
          return;
        end if;
      end if;
      insert into ${schema}.ownership as o (serial, instance, boot, taken_at, quiet_until)
        values (terminal_serial, instance_name, instance_boot, clock_timestamp(),
                case when taken_over then clock_timestamp() + quiet end)
        on conflict (serial) do update set
          instance = excluded.instance, boot = excluded.boot, taken_at = excluded.taken_at, released_at = null,
          quiet_until = greatest(o.quiet_until, excluded.quiet_until)
        returning greatest(extract(epoch from o.quiet_until - clock_timestamp()) * 1000, 0) into quiet_ms;
      quiet_ms := coalesce(quiet_ms, 0);
    end $$;

    -- Not clean: as if nobody had taken it, so that the next one takes it over.
    create function ${schema}.release_terminal(lock_key bigint, terminal_serial text, instance_boot uuid, clean boolean)
    returns boolean language plpgsql as $$
    begin
      update ${schema}.ownership o set
          released_at = case when clean then clock_timestamp() end,
          boot = case when clean then o.boot else '00000000-0000-0000-0000-000000000000' end
        where o.serial = terminal_serial and o.boot = instance_boot;
      perform pg_notify(${released}, lock_key::text);
      return pg_advisory_unlock(lock_key);
    end $$;

    -- A clean end: everything that is held goes back at once.
    create function ${schema}.leave(instance_name text, instance_boot uuid, serials text[]) returns void language plpgsql as $$
    begin
      update ${schema}.ownership o set released_at = clock_timestamp()
        where o.serial = any (serials) and o.boot = instance_boot and o.released_at is null;
      update ${schema}.instance i set stopped_at = clock_timestamp(), seen_at = clock_timestamp()
        where i.name = instance_name and i.boot = instance_boot;
      perform pg_notify(${released}, '');
      perform pg_advisory_unlock_all();
    end $$;`;
}

function notes({ schema }: SchemaNames): string {
  return `
    create table ${schema}.note (
      serial text primary key, text text not null, saved_at timestamptz not null default clock_timestamp()
    );
    comment on table ${schema}.note is
      'What terminal-sync has found and sent at a terminal, in short: digests, no names, no pictures. May be emptied: all is read anew';`;
}
