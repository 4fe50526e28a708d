// Which strings of a flow are texts for people, and the same flow with those texts in Russian. Everything else stays as it
// is: ids, wires, credentials, settings, code, data.

/** Properties that are texts wherever they stand in a node. */
const TEXTS = new Set(['label', 'info', 'inputLabels', 'outputLabels']);
/** Properties of the Dashboard's nodes that are texts as well. */
const TEXTS_ON_PAGES = new Set([
  'tooltip',
  'placeholder',
  'submit',
  'cancel',
  'title',
  'confirmText',
  'dismissText',
  'content',
]);
/** Their names are data: messages and settings name terminals and gateways by them. */
const NAMED_BY_MESSAGES = new Set([
  'isapi-config',
  'artemis-config',
  'terminal-directory',
  'terminal-simulator',
  'gateway-simulator',
]);
/** The environment variable of a tab, group or subflow that holds texts for code: JSON, each string in it is a text. */
const ENV = 'TEXTS';
/** A string in code (function, JSONata, page) is a text where this comment stands before it. */
const MARKED = /(\/\*\s*text\s*\*\/\s*)("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`)/g;

/**
 * The flow with each line of its texts put through `translate(line, node)`.
 * @param flow the nodes of an example
 * @returns new nodes; only texts differ
 */
export function withTexts(flow, translate) {
  return flow.map((node) => {
    const inLines = (text) => linesOf(text, (line) => translate(line, node));
    const visit = (value, key, depth) => {
      if (Array.isArray(value)) return value.map((each) => visit(each, key, depth));
      if (typeof value === 'object' && value !== null) {
        const isEnv = value.name === ENV && value.type === 'json';
        return Object.fromEntries(
          Object.entries(value).map(([name, each]) => [
            name,
            isEnv && name === 'value' ? textsOfEnv(each, inLines) : visit(each, name, depth + 1),
          ]),
        );
      }
      if (typeof value !== 'string') return value;
      return isText(node, key, depth) ? inLines(value) : markedTexts(value, inLines);
    };
    return visit(node, '', 0);
  });
}

function isText(node, key, depth) {
  if (key === 'name') return depth === 1 && !NAMED_BY_MESSAGES.has(node.type);
  return TEXTS.has(key) || (node.type.startsWith('ui-') && TEXTS_ON_PAGES.has(key));
}

function textsOfEnv(json, inLines) {
  const visit = (value) => {
    if (typeof value === 'string') return inLines(value);
    if (Array.isArray(value)) return value.map(visit);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, visit(each)]));
  };
  return JSON.stringify(visit(JSON.parse(json)));
}

function markedTexts(code, inLines) {
  return code.replace(MARKED, (_all, mark, literal) => {
    const [quote] = literal;
    const said = inLines(literal.slice(1, -1));
    return `${mark}${quote}${said.replace(/\\.|./gs, (each) => (each === quote ? `\\${quote}` : each))}${quote}`;
  });
}

/** Line by line; lines without letters and code between ``` stay. */
function linesOf(text, translate) {
  let isCode = false;
  return text
    .split('\n')
    .map((line) => {
      const isFence = line.trim().startsWith('```');
      if (isFence) isCode = !isCode;
      if (isFence || isCode || !/\p{L}/u.test(line)) return line;
      const [, before, said, after] = /^(\s*)(.*?)(\s*)$/.exec(line);
      return `${before}${translate(said)}${after}`;
    })
    .join('\n');
}

/** What must stand in a translation as it stands in the original: code, and places for values. */
function fixedParts(text) {
  return [...text.matchAll(/`[^`]*`|\$\{[^}]*\}|\{\{.*?\}\}/g)].map(([part]) => part).sort();
}

/** Whether code and places for values are the same in both. */
export function keepsFixedParts(original, translated) {
  return JSON.stringify(fixedParts(original)) === JSON.stringify(fixedParts(translated));
}
