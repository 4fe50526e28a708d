declare module 'node-red-node-test-helper' {
  import type { EventEmitter } from 'node:events';
  import type { Node, NodeInitializer } from 'node-red';

  interface Helper {
    init(runtimePath: string, settings?: object): void;
    settings(userSettings: object): object;
    startServer(): Promise<void>;
    stopServer(): Promise<void>;
    load(nodes: NodeInitializer[], flow: object[], credentials?: object): Promise<void>;
    unload(): Promise<void>;
    clearFlows(): Promise<void>;
    setFlows(flow: object[], type?: 'full' | 'flows' | 'nodes', credentials?: object): Promise<void>;
    /** What was written to Node-RED's log since the flows were loaded. */
    log(): { args: [{ id?: string; msg: unknown }][] };
    getNode(id: string): (Node & EventEmitter) | null;
  }
  const helper: Helper;
  export = helper;
}
