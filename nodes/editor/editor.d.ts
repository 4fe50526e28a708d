// The parts of the Node-RED editor and of jQuery that editor.js uses, as they are in Node-RED 4.1 and 5.

interface EditorElements {
  readonly length: number;
  addClass(names: string): EditorElements;
  append(...content: (string | EditorElements)[]): EditorElements;
  appendTo(target: EditorElements): EditorElements;
  attr(name: string, value: string): EditorElements;
  closest(selector: string): EditorElements;
  each(action: (index: number, element: HTMLElement) => void): EditorElements;
  empty(): EditorElements;
  filter(selector: string): EditorElements;
  find(selector: string): EditorElements;
  hide(): EditorElements;
  is(selector: string): boolean;
  next(selector: string): EditorElements;
  on(events: string, handler: (event: Event) => void): EditorElements;
  prop(name: string, value: boolean): EditorElements;
  prop(name: string): unknown;
  show(): EditorElements;
  text(value: string): EditorElements;
  toggle(shown: boolean): EditorElements;
  trigger(event: string): EditorElements;
  typedInput(options: { types: (string | TypedInputType)[]; default: string; typeField: string }): EditorElements;
  val(): string | undefined;
  val(value: string): EditorElements;
}

interface TypedInputType {
  value: string;
  label: string;
  icon: string;
  options: { value: string; label: string }[];
}

/** The types of a typed property; `typeField` where the property that keeps the chosen type is not named `xType`. */
type TypedProperty = (string | TypedInputType)[] | { types: (string | TypedInputType)[]; typeField: string };

interface AjaxRequest {
  done(handler: (reply: unknown) => void): AjaxRequest;
  fail(handler: (xhr: { status: number; responseJSON?: unknown }) => void): AjaxRequest;
  always(handler: () => void): AjaxRequest;
}

declare const $: {
  (selector: string | HTMLElement, attributes?: Record<string, string>): EditorElements;
  ajax(settings: { url: string; type: 'POST'; contentType: string; data: string; dataType: string }): AjaxRequest;
};

/** A node or config node as the editor holds it. */
interface EditorNode {
  id: string;
  type: string;
  name?: string;
  host?: string;
  terminal?: string;
  gateway?: string;
  _def: { category: string; defaults: Record<string, { value: unknown; validate?: Validator }> };
  [property: string]: unknown;
}

declare const RED: {
  _(key: string, params?: Record<string, unknown>): string;
  clipboard: { copyText(value: string, element: EditorElements, messageKey: string): boolean };
  nodes: {
    node(id: string): EditorNode | null;
    originalFlow(): { id: string }[] | undefined;
  };
  popover: { tooltip(target: EditorElements, content: string): { delete(): void } };
  utils: { validateTypedProperty(value: unknown, type: string, opt: object | undefined): true | string };
};

/** Called by the editor with the node as `this`; the text it returns is shown only if it declares both parameters. */
type Validator = (this: EditorNode, value: unknown, opt?: object) => boolean | string;

interface NumberRule {
  min: number;
  max?: number;
  integer?: boolean;
  blank?: boolean;
}

/** One line of the answer to a test of a terminal or gateway. */
interface Finding {
  id: string;
  state: 'passed' | 'warned' | 'failed' | 'unknown';
  /** The sentence of the finding to say where it is not the one named after its state. */
  text?: string;
  params?: Record<string, unknown>;
  /** The finding's usual advice, or the name of another. */
  advice?: boolean | string;
  /** What exactly happened, and what to do about it. */
  failure?: { what: ErrorText; hint: ErrorText };
}

/** Why the runtime did not examine. */
interface Refused {
  error?: string;
  params?: Record<string, unknown>;
  failure?: { what: ErrorText; hint: ErrorText };
}

/** Names a sentence of a node type's catalogue, below `errors`. */
interface ErrorText {
  catalogue: string;
  key: string;
  params: Record<string, unknown>;
}

interface Examination {
  findings: Finding[];
  fingerprint?: string;
  certificate?: { subject: string; issuer: string; validFrom: string; validTo: string };
  report: unknown;
}

interface HikvisionEditor {
  text(type: string, key: string, params?: Record<string, unknown>): string;
  label(node: EditorNode, what?: string): string;
  requestLabel(node: EditorNode, segments: number): string;
  current(node: EditorNode, property: string): string;
  choice(node: EditorNode, property: string, values: string[]): TypedInputType;
  prepare(node: EditorNode, typed?: Record<string, TypedProperty>): void;
  connection(node: EditorNode): void;
  examination(node: EditorNode, action: string, fields: string[]): void;
  validate: {
    text(type: string, property: string, rule: (value: string, node: EditorNode) => string | undefined): Validator;
    typed(
      type: string,
      property: string,
      rule: {
        required?: boolean;
        typeField?: string;
        applies?: (node: EditorNode) => boolean;
        literal?: (value: string) => boolean;
      },
    ): Validator;
    number(type: string, property: string, rule: NumberRule): Validator;
    host(type: string): Validator;
    fingerprint(type: string): Validator;
  };
}

// A `var`, so that editor.js finds it on globalThis whichever of the pages loads it first.
declare var hikvision: HikvisionEditor;
