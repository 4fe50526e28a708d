/** What an instance's flows are made of. */
export interface FlowSettings {
  instance: string;
  /** Each terminal's name, address and site; all have one port. */
  terminals: readonly { name: string; host: string; site: string }[];
  port: number;
  username: string;
  password: string;
  database: { host: string; port: number; database: string; user: string; password: string };
  schema: string;
  /** Terminals whose list is everybody. */
  whole: readonly string[];
  variant: Variant;
}

/**
 * `proper`: a job is finished when its flow is. `acknowledged`: it is finished when the flow gets it, as a message of MQTT is,
 * by `$share` or without.
 */
export type Variant = 'proper' | 'acknowledged';

type FlowNode = { id: string; type: string; wires?: string[][] } & Record<string, unknown>;

/** Takes jobs, asks who is wanted, syncs, says what came of it; and registers whomever a request names. */
export function flowOf(settings: FlowSettings): { flow: object[]; credentials: Record<string, object> } {
  const { database, username, password } = settings;
  const flow: FlowNode[] = [
    { id: 'tab', type: 'tab', label: 'fleet' },
    ...configs(settings),
    ...working(settings),
    ...registering(),
  ];
  return {
    flow: flow.map((node) => (node.wires ? { z: 'tab', x: 100, y: 100, ...node } : node)),
    credentials: {
      dir: { login1: 'all', username1: username, password1: password },
      fleetConfig: { user: database.user, password: database.password, url: '' },
    },
  };
}

function configs({ instance, terminals, port, database, schema }: FlowSettings): FlowNode[] {
  const rows = terminals.map(({ name, host, site }) => {
    return {
      name,
      host,
      port: String(port),
      protocol: 'http',
      certificate: 'verify',
      fingerprint: '',
      site,
      login: '',
    };
  });
  return [
    {
      ...{ id: 'dir', type: 'terminal-directory', name: 'All', source: 'table', terminals: rows, file: '' },
      ...{ timeout: '5', retries: '0', queueLimit: '1000' },
    },
    {
      ...{ id: 'fleetConfig', type: 'fleet-config', name: 'Fleet', connection: 'fields', host: database.host, tls: '' },
      ...{ port: String(database.port), database: database.database, schema, directory: 'dir', sites: '' },
      ...{ parallel: '20', instance, auditFrom: '', auditTo: '' },
    },
  ];
}

function working({ whole, database, variant }: FlowSettings): FlowNode[] {
  const { host, port, user, password } = database;
  const url = `postgres://${user}:${password}@${host}:${port}/${database.database}`;
  const sync = (id: string, scope: string): FlowNode => ({
    ...{ id, type: 'terminal-sync', name: id, terminal: '', persons: 'payload', personsType: 'msg', scope, folder: '' },
    ...{ maxRemovals: '20', faces: 'changed', dryRun: 'false', dryRunType: 'bool', verify: true, wires: [[], []] },
  });
  const isProper = variant === 'proper';
  const ends: FlowNode[] = [
    { id: 'complete', type: 'complete', scope: ['listed', 'everybody'], uncaught: false, wires: [['done']] },
    { id: 'failed', type: 'catch', scope: ['wanted', 'listed', 'everybody'], uncaught: false, wires: [['done']] },
  ];
  const first = isProper ? ['wanted'] : ['done', 'wanted'];
  return [
    { id: 'in', type: 'fleet-in', name: '', fleet: 'fleetConfig', take: 'work', timeout: '60', wires: [first] },
    { id: 'wanted', type: 'wanted-persons', name: '', url, whole: whole.join(), wires: [['listed'], ['everybody']] },
    sync('listed', 'listed'),
    sync('everybody', 'all'),
    ...(isProper ? ends : []),
    { id: 'done', type: 'fleet-done', name: '', wires: [] },
  ];
}

function registering(): FlowNode[] {
  return [
    { id: 'ask', type: 'http in', url: '/register', method: 'post', upload: false, wires: [['place']] },
    {
      ...{ id: 'place', type: 'change', wires: [['register']] },
      rules: [{ t: 'set', p: 'terminal', pt: 'msg', to: 'payload.terminal', tot: 'msg' }],
    },
    {
      ...{ id: 'register', type: 'register-person', name: '', terminal: '', employeeNo: 'payload.employeeNo' },
      ...{
        employeeNoType: 'msg',
        fullName: 'payload.name',
        fullNameType: 'msg',
        userType: 'normal',
        userTypeType: 'str',
      },
      ...{ gender: 'unknown', genderType: 'str', groupId: '', groupIdType: 'str', beginTime: '', beginTimeType: 'str' },
      ...{ endTime: '', endTimeType: 'str', timeType: 'local', timeTypeType: 'str', validEnabled: 'true' },
      ...{
        validEnabledType: 'bool',
        doorRight: '1',
        doorRightType: 'str',
        planTemplateNo: '1',
        planTemplateNoType: 'str',
      },
      ...{ extra: '{}', extraType: 'json', ifExists: 'update', alsoExisting: false, face: '', faceType: 'msg' },
      ...{ dataType: 'url', interval: '1', deadline: '100', retries: '0', ifFace: 'replace', onFailure: 'keep' },
      ...{ verify: true, recheck: true, wires: [['said'], ['said']] },
    },
    {
      ...{ id: 'said', type: 'change', wires: [['answer']] },
      rules: [{ t: 'set', p: 'payload', pt: 'msg', to: 'registration', tot: 'msg' }],
    },
    { id: 'refused', type: 'catch', scope: ['register'], uncaught: false, wires: [['why']] },
    {
      ...{ id: 'why', type: 'change', wires: [['answer']] },
      rules: [
        { t: 'set', p: 'payload', pt: 'msg', to: 'error', tot: 'msg' },
        { t: 'set', p: 'statusCode', pt: 'msg', to: '500', tot: 'num' },
      ],
    },
    { id: 'answer', type: 'http response', statusCode: '', headers: {}, wires: [] },
    { id: 'askWork', type: 'http in', url: '/work', method: 'post', upload: false, wires: [['which']] },
    {
      ...{ id: 'which', type: 'change', wires: [['out', 'answer']] },
      rules: [{ t: 'set', p: 'terminal', pt: 'msg', to: 'payload.terminal', tot: 'msg' }],
    },
    {
      ...{ id: 'out', type: 'fleet-out', name: '', fleet: 'fleetConfig', target: 'terminal', value: 'terminal' },
      ...{ valueType: 'msg', priority: 'change', priorityType: 'str', wires: [[]] },
    },
  ];
}
