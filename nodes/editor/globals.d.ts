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
    _def: NodeDefinition;
    [property: string]: unknown;
  }

  interface EditorStatus {
    text?: unknown;
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
    oneditprepare?: (this: EditorNode) => void;
  }

  type EditorClient = editorClient.RED;

  const RED: Omit<EditorClient, 'clipboard' | 'nodes' | 'popover' | 'utils' | 'view'> & {
    clipboard: { copyText(value: string, element: JQuery, messageKey: string): boolean };
    nodes: {
      node(id: string): EditorNode | null;
      originalFlow(): { id: string }[] | undefined;
      registerType(type: string, definition: NodeDefinition): void;
    };
    popover: { tooltip(target: JQuery, content: string): { delete(): void } };
    utils: { validateTypedProperty(value: unknown, type: string, opt: object | undefined): true | string };
    view: { redrawStatus(node: EditorNode): void };
  };

  /** A kind of typed input, known to the editor or of our own. */
  type TypedInputKind = editorClient.WidgetTypedInputType | editorClient.WidgetTypedInputTypeDefinition;
}
