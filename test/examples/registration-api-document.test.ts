import assert from 'node:assert/strict';
import { createRequire } from 'node:module';

import type { Browser, Page } from 'playwright-core';

import { facePicture } from '../../simulator/simulated-terminal.js';
import { hasBrowser, launchBrowser } from '../harness/browser/launch.js';
import { ApiClient } from '../harness/examples/api-client.js';
import { sendRaw } from '../harness/examples/raw-client.js';
import { API_TOKEN, System } from '../harness/examples/system.js';
import { example, type FlowNode } from '../harness/node-red/embedded-node-red.js';
import { line, runtimePath } from '../harness/node-red/node-red-line.js';

const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'];

type Tree = Record<string, unknown>;
interface Parameter {
  name: string;
  in: string;
  required?: boolean;
  schema: Tree;
}
interface Operation {
  operationId: string;
  summary: string;
  security?: unknown[];
  parameters?: Parameter[];
  requestBody?: { content: Record<string, { schema?: Tree }> };
  responses: Record<string, Tree>;
}
interface OpenApi {
  openapi: string;
  info: { title: string; version: string };
  servers: { url: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Tree>; responses: Record<string, Tree> };
}

/** The schema compiler that Node-RED's json node uses, for the JSON Schema of OpenAPI 3.1. */
const coreNodes = createRequire(runtimePath).resolve('@node-red/nodes/package.json');
const Ajv = createRequire(coreNodes)('ajv/dist/2020') as {
  default: new (options: object) => { compile(schema: object): unknown };
};

function calls(document: OpenApi): { path: string; method: string; call: Operation }[] {
  return Object.entries(document.paths).flatMap(([path, item]) => Object.entries(item).map(([method, call]) => ({ path, method, call })));
}

/** Everything in a document that is an object, with where it stands. */
function* parts(value: unknown, where = '#'): Generator<[string, Tree]> {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) yield [where, value as Tree];
  for (const [key, each] of Object.entries(value)) yield* parts(each, `${where}/${key}`);
}

describe(`the document of the example registration-api in Node-RED ${line}`, function () {
  this.timeout(60_000);
  let system: System;
  let api: ApiClient;
  let document: OpenApi;
  let flow: FlowNode[];

  before(async () => {
    system = await System.start('registration-api');
    api = new ApiClient(system);
    await system.deployWith({ HOLD: '0.05' });
    await api.ready();
    document = (await api.call('GET', '/openapi.json', { headers: { Authorization: '' } })).body as unknown as OpenApi;
    flow = await example('systems/registration-api');
  });
  after(() => system.remove());

  it('is OpenAPI 3.1: each call has its name, its parameters and its answers, and nothing refers to what is not there', () => {
    assert.match(document.openapi, /^3\.1\.\d+$/);
    assert.ok(document.info.title && document.info.version);
    assert.equal(new URL(document.servers[0]?.url ?? '', 'http://host/prefix/api/openapi.json').pathname, '/prefix/api');
    const names = calls(document).map(({ call }) => call.operationId);
    assert.equal(new Set(names).size, names.length);
    for (const { path, method, call } of calls(document)) {
      const where = `${method} ${path}`;
      assert.ok(path.startsWith('/') && METHODS.includes(method) && call.summary, where);
      const named = (call.parameters ?? []).filter((parameter) => parameter.in === 'path');
      assert.deepEqual(named.map(({ name }) => `{${name}}`), path.match(/\{\w+\}/g) ?? [], where);
      assert.ok(named.every(({ required }) => required === true), where);
      for (const [status, answer] of Object.entries(call.responses)) {
        assert.match(status, /^[2-5]\d\d$/, where);
        assert.ok('$ref' in answer || typeof answer['description'] === 'string', where);
      }
    }
    for (const [where, part] of parts(document)) {
      if (typeof part['$ref'] !== 'string') continue;
      const found = part['$ref'].slice(2).split('/').reduce<unknown>((tree, key) => (tree as Tree | undefined)?.[key], document);
      assert.ok(found, `${where} refers to ${part['$ref']}`);
    }
  });

  it('has schemas that are such, and fields that say what they are', () => {
    const ajv = new Ajv.default({ strict: false });
    for (const [where, part] of parts(document)) {
      if (!where.endsWith('/schema') && !/^#\/components\/schemas\/\w+$/.test(where)) continue;
      ajv.compile({ ...part, components: document.components });
      for (const [name, field] of Object.entries((part['properties'] ?? {}) as Record<string, Tree>)) {
        assert.ok(field['description'], `${where}: ${name} says nothing`);
      }
    }
  });

  it('names what the flow does, and nothing else', () => {
    const tabs = new Set(flow.filter(({ type, label }) => type === 'tab' && label !== 'Simulated terminals').map(({ id }) => id));
    const called = new Set(flow.filter(({ type }) => type === 'link out' || type === 'link call').flatMap((node) => node['links'] as string[]));
    const doers = flow.filter(({ type, z, id }) => type === 'link in' && tabs.has(z ?? '') && !called.has(id)).map(({ name }) => String(name));
    assert.deepEqual(doers.sort(), calls(document).map(({ call }) => call.operationId).sort());
    const routes = flow.filter(({ type }) => type === 'http in').map((node) => `${String(node['method'])} ${String(node['url'])}`);
    assert.deepEqual(routes.sort(), ['delete /api/*', 'get /api/*', 'patch /api/*', 'post /api/*', 'put /api/*']);
  });

  it('names only calls that answer, with a status and a shape that it names', async () => {
    const person = await api.newUser();
    await api.photo(person, facePicture('x'));
    system.terminal('Lobby').present('Alex');
    const started = await api.capture(person, { headers: { Prefer: 'respond-async' } });
    const values: Record<string, string> = { id: String(person.id), device_id: 'Lobby', job_id: String(started.body['job_id']) };
    const bodies: Record<string, unknown> = { createUser: { hikvision_id: 'new', full_name: 'New' }, updateUser: { department: 'Sales' }, putPhoto: facePicture('y') };
    const last = ['cancelJob', 'deleteUser'];
    const inOrder = calls(document).sort((one, other) => last.indexOf(one.call.operationId) - last.indexOf(other.call.operationId));
    await api.ended(String(started.body['job_id']));
    for (const { path, method, call } of inOrder) {
      if (call.operationId === 'startFaceCapture') system.terminal('Lobby').present('Bo');
      const to = path.replace(/\{(\w+)\}/g, (_all, name: string) => values[name] ?? '');
      const body = bodies[call.operationId];
      const reply = await system.red.fetch(`api${to}`, {
        method: method.toUpperCase(),
        headers: { ...(call.security ? {} : { Authorization: `Bearer ${API_TOKEN}` }), 'Content-Type': Buffer.isBuffer(body) ? 'image/jpeg' : 'application/json' },
        ...(body === undefined ? {} : { body: Buffer.isBuffer(body) ? new Uint8Array(body) : JSON.stringify(body) }),
      });
      assert.ok(reply.ok, `${method} ${to}: ${reply.status} ${await reply.clone().text()}`);
      const named = call.responses[String(reply.status)];
      assert.ok(named, `${method} ${path} answers ${reply.status}`);
      const said = ('$ref' in named ? document.components.responses['Job'] : named) as { content: Record<string, { schema?: Tree }> };
      const [type = ''] = (reply.headers.get('content-type') ?? '').split(';');
      const content = said.content[type];
      assert.ok(content, `${method} ${path} answers ${type}`);
      if (type !== 'application/json' || !content.schema) continue;
      const validate = new Ajv.default({ strict: false }).compile({ ...content.schema, components: document.components }) as (value: unknown) => boolean;
      assert.ok(validate(await reply.json()), `${method} ${path} answers something else than its schema`);
    }
  });

  describe('says every error in one form', () => {
    const form = (body: Tree, where: string): void => {
      for (const field of ['code', 'message', 'hint', 'error']) {
        assert.ok(typeof body[field] === 'string' && body[field].length > 2, `${where}: ${field} in ${JSON.stringify(body)}`);
      }
      assert.deepEqual([where, typeof body['retryable'], body['success']], [where, 'boolean', false]);
    };

    it('with the token, for unknown paths and methods too', async () => {
      const cases: [string, string, number, string][] = [
        ['GET', '/', 404, 'UNKNOWN_PATH'],
        ['GET', '/nothing', 404, 'UNKNOWN_PATH'],
        ['POST', '/users/1/nothing', 404, 'UNKNOWN_PATH'],
        ['DELETE', '/users/', 405, 'METHOD_NOT_ALLOWED'],
        ['PUT', '/users/1', 405, 'METHOD_NOT_ALLOWED'],
        ['PROPFIND', '/users/', 405, 'METHOD_NOT_ALLOWED'],
        ['GET', '/users/%E0%A4%A', 400, 'INVALID_INPUT'],
        ['GET', '/users/1%2Fphoto', 400, 'INVALID_INPUT'],
        ['GET', '/users/0', 400, 'INVALID_INPUT'],
        ['GET', '/users/999999', 404, 'NOT_FOUND'],
        ['GET', '/jobs/0000000000000000', 404, 'NOT_FOUND'],
        ['GET', '/users/?callback=alert', 400, 'INVALID_INPUT'],
        ['POST', '/users/', 400, 'INVALID_INPUT'],
      ];
      for (const [method, to, status, code] of cases) {
        const answer = await api.call(method, to);
        assert.deepEqual([method, to, answer.status, answer.body['code']], [method, to, status, code]);
        form(answer.body, `${method} ${to}`);
        assert.match(answer.headers.get('content-type') ?? '', /^application\/json/);
      }
      assert.equal((await api.call('PUT', '/users/1')).headers.get('allow'), 'GET, PATCH, DELETE');
    });

    it('and of HEAD the head alone', async () => {
      const { status, headers, body } = await api.call('HEAD', '/users/');
      assert.deepEqual([status, headers.get('x-total-count') !== null, body], [200, true, {}]);
    });

    it('never before the token', async () => {
      for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND', 'LOCK']) {
        for (const to of ['/', '/nothing', '/users/', '/users/abc', '/users/1/nothing', '/users/%E0%A4%A', '/jobs/x', '/docs/x']) {
          const { status, body, headers } = await api.call(method, to, { headers: { Authorization: 'Bearer wrong' } });
          assert.deepEqual([method, to, status, body['code']], [method, to, 401, 'UNAUTHORIZED']);
          assert.equal(headers.get('www-authenticate'), 'Bearer');
          form(body, `${method} ${to}`);
        }
      }
      for (const to of ['/api/nothing', '/API/users/', '/Api//users', 'http://127.0.0.1/api/users/']) {
        const { status } = await sendRaw(system.red.port, [`POST ${to} HTTP/1.1`, 'Content-Type: application/json', 'Content-Length: 1000'], 0);
        assert.deepEqual([to, status], [to, 401]);
      }
      assert.equal((await sendRaw(system.red.port, ['GET /API/users/%E0%A4%A HTTP/1.1'], 0)).status, 401);
    });

    it('and before the flow is ready: 401 without the token, 503 with it', async () => {
      await system.red.deploy(system.flow);
      const [without, withToken] = await Promise.all([
        api.call('GET', '/users/', { headers: { Authorization: '' } }),
        api.call('GET', '/users/'),
      ]);
      assert.equal(without.status, 401);
      form(without.body, 'without the token');
      if (withToken.status !== 200) {
        assert.deepEqual([withToken.status, withToken.body['code'], withToken.headers.get('retry-after')], [503, 'STARTING', '1']);
        form(withToken.body, 'with the token');
      }
      await api.ready();
    });
  });

  it('does the same in Russian', async () => {
    const names = (nodes: FlowNode[]): unknown[] => nodes.filter((node) => node.type === 'link in' && node['l'] === true).map(({ name }) => name);
    assert.deepEqual(names(await example('ru/systems/registration-api')), names(flow));
    assert.equal(names(flow).length, calls(document).length);
  });

  it('wires within each tab, and has each id once', () => {
    const tabs = new Map(flow.map(({ id, z }) => [id, z]));
    assert.equal(tabs.size, flow.length);
    for (const { name, z, wires } of flow) {
      for (const to of (wires as string[][] | undefined)?.flat() ?? []) assert.equal(tabs.get(to), z, `${String(name)} wires into another tab`);
    }
  });

  it('is built of few parts: 60 nodes a tab, 8 functions with 80 lines in all', () => {
    for (const tab of flow.filter(({ type }) => type === 'tab')) {
      const nodes = flow.filter(({ z, type }) => z === tab.id && type !== 'group');
      assert.ok(nodes.length <= 60, `${String(tab['label'])} has ${nodes.length} nodes`);
    }
    const functions = flow.filter(({ type }) => type === 'function');
    const lines = functions.flatMap((node) => [node['func'], node['initialize'], node['finalize']].flatMap((code) => (typeof code === 'string' && code !== '' ? code.split('\n') : [])));
    assert.ok(functions.length <= 8, `${functions.length} functions`);
    assert.ok(lines.length <= 80, `${lines.length} lines`);
    assert.deepEqual(flow.filter(({ type }) => type.startsWith('subflow')), []);
  });

  (hasBrowser ? describe : describe.skip)('as a page', () => {
    let browser: Browser;
    before(async () => {
      browser = await launchBrowser();
    });
    after(() => browser.close());

    async function open(width: number): Promise<{ page: Page; complaints: string[]; hosts: Set<string> }> {
      const page = await browser.newPage({ viewport: { width, height: 800 } });
      const complaints: string[] = [];
      const hosts = new Set<string>();
      page.on('console', (message) => message.type() === 'error' && !message.location().url.endsWith('favicon.ico') && complaints.push(message.text()));
      page.on('request', (request) => hosts.add(new URL(request.url()).host));
      await page.goto(`${system.red.url}/api/docs`);
      return { page, complaints, hosts };
    }

    it('shows each call, field and error, and asks nobody else for anything', async () => {
      const { page, complaints, hosts } = await open(1280);
      assert.equal(await page.title(), 'Registration API');
      assert.equal(await page.locator('html').getAttribute('lang'), 'en');
      for (const { path, method, call } of calls(document)) {
        const part = page.locator(`details#${call.operationId}`);
        assert.equal(await part.locator('summary .method').innerText(), method.toUpperCase());
        assert.equal(await part.locator('summary code').nth(1).innerText(), `/api${path}`);
        await part.locator('summary').click();
        const fields = Object.keys((call.requestBody?.content['application/json']?.schema?.['properties'] ?? {}));
        const shown = await part.locator('td:first-child code').allInnerTexts();
        for (const name of [...(call.parameters ?? []).map((parameter) => parameter.name), ...fields]) assert.ok(shown.includes(name), `${call.operationId}: ${name}`);
      }
      assert.deepEqual(await page.locator('[id^="data-"] summary code').allInnerTexts(), Object.keys(document.components.schemas));
      const errors = await page.locator('#errors ~ .scroll td:nth-child(2)').allInnerTexts();
      for (const code of ['UNAUTHORIZED', 'DUPLICATE', 'NOBODY_CAME', 'DEVICES_LEFT']) assert.ok(errors.includes(code), code);
      assert.doesNotMatch(await page.locator('body').innerText(), /undefined|\[object|\{\{/);
      assert.deepEqual([complaints, [...hosts]], [[], [new URL(system.red.url).host]]);
      await page.close();
    });

    it('fits a phone', async () => {
      const { page } = await open(390);
      for (const summary of await page.locator('summary').all()) await summary.click();
      const wide = await page.locator('html').evaluate((html: { scrollWidth: number }) => html.scrollWidth);
      assert.ok(wide <= 390, `${wide} px wide`);
      await page.close();
    });
  });
});
