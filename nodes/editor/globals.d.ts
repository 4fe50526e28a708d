// What the published types of the editor lack or have wrong, as it is in Node-RED 4.1 and 5.
import type editorClient from '@node-red/editor-client';

declare global {
  /** A node or config node as the editor holds it. */
  interface EditorNode {
    id: string;
    type: string;
    name?: string;
    status?: EditorStatus;
    dirty?: boolean;
    dirtyStatus?: boolean;
    valid?: boolean;
    _def: NodeDefinition;
    [property: string]: unknown;
  }

  interface EditorStatus {
    text?: unknown;
  }

  /** What the debug sidebar is about to show. */
  interface DebugMessage {
    /** The node, or its copy in an instance of a subflow; then `_alias` is the node. */
    id?: string;
    _alias?: string;
    /** The node's type, where its runtime logged the message. */
    type?: string;
    name?: string;
    msg?: unknown;
    format?: string;
  }

  /** Called with the node as `this`; the text it returns is shown only if it declares both parameters. */
  type Validator = (this: EditorNode, value: unknown, opt?: object) => boolean | string;

  interface NodeProperty {
    value: string | number | boolean;
    /** The type of the config node that is chosen here. */
    type?: string;
    required?: boolean;
    label?: string;
    validate?: Validator;
  }

  interface NodeDefinition {
    category: 'hikvision' | 'config';
    /** Where it comes from, once it is registered. */
    set?: { module: string };
    defaults: Record<string, NodeProperty>;
    credentials?: Record<string, { type: 'text' | 'password'; validate?: Validator }>;
    color?: string;
    icon?: string;
    /** False: a config node that no node has chosen is not unused. */
    hasUsers?: boolean;
    inputs?: 0 | 1;
    outputs?: number;
    paletteLabel?: string;
    outputLabels?: (this: EditorNode, index: number) => string;
    label?: (this: EditorNode) => string;
    labelStyle?: (this: EditorNode) => string;
    /** Called when a node is placed by hand, before the editor knows it; and when it is pasted or imported, after that. */
    onadd?: (this: EditorNode) => void;
    oneditprepare?: (this: EditorNode) => void;
    oneditsave?: (this: EditorNode) => void;
  }

  type EditorClient = editorClient.RED;

  const RED: Omit<
    EditorClient,
    'clipboard' | 'editor' | 'events' | 'history' | 'hooks' | 'nodes' | 'popover' | 'utils' | 'view'
  > & {
    clipboard: { copyText(value: string, element: JQuery, messageKey: string): boolean };
    editor: {
      validateNode(node: EditorNode): boolean;
      /** Opens the dialog of a config node. */
      editConfig(property: string, type: string, id: string): void;
    };
    events: {
      on(event: 'nodes:add' | 'nodes:remove' | 'nodes:change', listener: (node: EditorNode) => void): void;
      emit(event: 'nodes:change', node: EditorNode): void;
    };
    hooks: {
      add(
        hook: 'debugPreProcessMessage.hikvision' | 'debugPostProcessMessage.hikvision',
        look: (event: { message: DebugMessage; element: JQuery }) => void,
      ): void;
    };
    history: { push(event: object): void };
    nodes: {
      /** Gives the node as the editor keeps it. */
      add(node: EditorNode): EditorNode;
      dirty(isDirty?: boolean): boolean;
      eachConfig(visit: (node: EditorNode) => void): void;
      eachNode(visit: (node: EditorNode) => void): void;
      getType(type: string): NodeDefinition | undefined;
      id(): string;
      node(id: string): EditorNode | null;
      originalFlow(): { id: string }[] | undefined;
      registerType(type: string, definition: NodeDefinition): void;
    };
    popover: { tooltip(target: JQuery, content: string): { delete(): void } };
    utils: {
      getNodeLabel(node: EditorNode, otherwise: string): string;
      validateTypedProperty(value: unknown, type: string, opt: object | undefined): true | string;
    };
    view: { redraw(updateActive?: boolean): void; redrawStatus(node: EditorNode): void };
  };

  /** A kind of typed input, known to the editor or of our own. */
  type TypedInputKind = editorClient.WidgetTypedInputType | editorClient.WidgetTypedInputTypeDefinition;
}
