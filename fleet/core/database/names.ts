import { HikvisionError } from '../../../core/errors/hikvision-error.js';

/** What pg-boss's schema is named after ours. */
const WORK_SUFFIX = '_work';
/** Longest name of a schema of ours: names in PostgreSQL have 63 bytes, in pg-boss 50, and the queue's schema has a suffix. */
const LONGEST = 50 - WORK_SUFFIX.length;
/** Lower case only, so that it is the same with quotes and without them in everybody's SQL. */
const SCHEMA_NAME = /^[a-z_][a-z0-9_]*$/;

/** Names as they stand in SQL. */
export interface SchemaNames {
  /** Quoted, for tables of ours. */
  schema: string;
  /** Quoted, of the queue (pg-boss). */
  work: string;
  /** A channel of NOTIFY, quoted; `channelOf` gives the bare name. */
  channel: (topic: string) => string;
}

/** Whether a schema of ours can have that name. */
function isSchemaName(name: string): boolean {
  return SCHEMA_NAME.test(name) && name.length <= LONGEST && !name.startsWith('pg_') && name !== 'information_schema';
}

/** The names of a fleet in SQL. @throws HikvisionError `NOT_CONFIGURED` where the schema cannot have that name */
export function namesOf(schema: string): SchemaNames {
  if (!isSchemaName(schema)) {
    throw HikvisionError.of('schemaName', {
      delivery: 'unsent',
      params: { given: schema.slice(0, 80), longest: LONGEST },
    });
  }
  return {
    schema: quoted(schema),
    work: quoted(workSchemaOf(schema)),
    channel: (topic) => quoted(channelOf(schema, topic)),
  };
}

/** The bare name of the queue's schema. */
export function workSchemaOf(schema: string): string {
  return `${schema}${WORK_SUFFIX}`;
}

/** The bare name of a channel of NOTIFY, as notifications tell it. */
export function channelOf(schema: string, topic: string): string {
  return `${schema}_${topic}`;
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
