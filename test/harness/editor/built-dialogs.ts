import { readFileSync } from 'node:fs';
import path from 'node:path';
import vm from 'node:vm';

import { builtFolderOf, folderOf } from './node-folders.js';

export const ROOT = path.resolve(__dirname, '../../..');

type Validate = (this: object, value: unknown, opt: object) => boolean | string;

/** What a dialog registers with the editor, as far as tests look at it. */
export interface BuiltDefinition {
  defaults: Record<string, { value: unknown; type?: string; validate?: Validate }>;
  credentials?: Record<string, { type: string; validate?: Validate }>;
}

type StatusListener = (topic: string, status: { text?: unknown }) => void;

/** Stands for any jQuery object: each method of it gives it back, and there is no element in it. */
const NOTHING: object = new Proxy(() => NOTHING, {
  get: (_target, name) => (name === 'length' ? 0 : name === Symbol.toPrimitive ? undefined : () => NOTHING),
});

/** The scripts of our dialogs as they are built, in an editor that has nothing but texts. */
export class BuiltDialogs {
  readonly definitions = new Map<string, BuiltDefinition>();
  readonly statusListeners: StatusListener[] = [];
  readonly nodes = new Map<string, Record<string, unknown>>();
  redrawn = 0;

  private readonly catalogues = new Map<string, unknown>();
  private readonly context: vm.Context;

  /** @param root where the package has been built */
  constructor(
    private readonly language: 'en-US' | 'ru',
    private readonly root = ROOT,
  ) {
    this.context = vm.createContext({
      $: () => NOTHING,
      URL,
      RED: {
        _: (key: string, params: Record<string, string | number>) => this.text(key, params),
        comms: { subscribe: (_topic: string, listener: StatusListener) => this.statusListeners.push(listener) },
        events: { on: () => undefined },
        hooks: { add: () => undefined },
        nodes: {
          eachConfig: () => undefined,
          eachNode: () => undefined,
          node: (id: string) => this.nodes.get(id) ?? null,
          registerType: (type: string, definition: BuiltDefinition) => this.definitions.set(type, definition),
        },
        utils: {
          validateTypedProperty: (value: unknown, type: string) => type !== 'json' || isJson(value) || 'no JSON',
        },
        view: { redrawStatus: () => (this.redrawn += 1) },
      },
    });
  }

  /** Runs the scripts of a page, the shared one first. */
  load(type: string): BuiltDefinition {
    this.run('resources', 'editor.js');
    const page = readFileSync(path.join(this.root, builtFolderOf(type), `${type}.html`), 'utf8');
    const [, script = ''] = /<script type="text\/javascript">(.*?)<\/script>/s.exec(page) ?? [];
    vm.runInContext(script, this.context, { filename: `${type}.html` });
    const definition = this.definitions.get(type);
    if (!definition) throw new Error(`${type} does not register itself`);
    return definition;
  }

  private run(...file: string[]): void {
    vm.runInContext(readFileSync(path.join(this.root, ...file), 'utf8'), this.context, { filename: file.join('/') });
  }

  private catalogue(type: string): unknown {
    const file = path.join(this.root, folderOf(type), 'locales', this.language, `${type}.json`);
    const catalogue: unknown = this.catalogues.get(type) ?? JSON.parse(readFileSync(file, 'utf8'));
    this.catalogues.set(type, catalogue);
    return catalogue;
  }

  /** As the editor says a text: '' (the default that we ask for) where the catalogue has none. */
  private text(name: string, params: Record<string, string | number>): string {
    const [, type = '', key = ''] = /^@facecontroll\/node-red-hikvision(?:-fleet)?\/([\w-]+):(.*)$/.exec(name) ?? [];
    let found = this.catalogue(type);
    for (const step of key.split('.')) {
      found = typeof found === 'object' && found !== null ? (found as Record<string, unknown>)[step] : undefined;
    }
    if (typeof found === 'object') return name;
    if (typeof found !== 'string') return String(params['defaultValue'] ?? name);
    return found.replace(/__(\w+?)__/g, (whole, param: string) => String(params[param] ?? whole));
  }
}

function isJson(value: unknown): boolean {
  try {
    JSON.parse(String(value));
    return true;
  } catch {
    return false;
  }
}
