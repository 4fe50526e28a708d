import assert from 'node:assert/strict';

import { gatewaySettings, type RawGatewaySettings } from '../../../../core/artemis/gateway/gateway-settings.js';
import { HikvisionError } from '../../../../core/errors/hikvision-error.js';
import { inEnglish } from '../../../harness/in-english.js';

function address(raw: RawGatewaySettings): string {
  const { protocol, host, port, basePath } = gatewaySettings(raw);
  return `${protocol} ${host} ${port} ${basePath}`;
}

function refusal(raw: RawGatewaySettings): string {
  try {
    gatewaySettings(raw);
  } catch (error) {
    assert.ok(error instanceof HikvisionError);
    assert.equal(error.code, 'NOT_CONFIGURED');
    return inEnglish(error).message;
  }
  throw new Error(`accepted: ${JSON.stringify(raw)}`);
}

describe('settings of a gateway', () => {
  it('fill in what is blank', () => {
    const settings = gatewaySettings({ host: ' hik.example.com ', port: '', protocol: '', retries: '', timeout: '' });
    assert.deepEqual(settings, {
      name: 'hik.example.com',
      protocol: 'https',
      host: 'hik.example.com',
      port: 443,
      certificate: { mode: 'verify' },
      basePath: '/artemis',
      product: 'hikcentral',
      signature: 'key-nonce-timestamp',
      contentMD5: false,
      userId: '',
      appKey: '',
      appSecret: '',
      timeoutMs: 10_000,
      retries: 2,
    });
  });

  it('take a pasted address apart', () => {
    assert.equal(
      address({ host: 'https://hik.example.com:8443/artemis', protocol: 'http' }),
      'https hik.example.com 8443 /artemis',
    );
    assert.equal(address({ host: 'http://192.0.2.10/' }), 'http 192.0.2.10 80 /artemis');
    assert.equal(address({ host: '192.0.2.10:9017', port: '9017' }), 'https 192.0.2.10 9017 /artemis');
    assert.equal(address({ host: 'HTTPS://hik/artemis/api/common/v1/version' }), 'https hik 443 /artemis');
    assert.equal(address({ host: 'https://[2001:db8::1]:444' }), 'https 2001:db8::1 444 /artemis');
    assert.equal(address({ host: '2001:db8::1' }), 'https 2001:db8::1 443 /artemis');
    assert.equal(address({ host: 'hik', basePath: 'openapi/' }), 'https hik 443 /openapi');
    assert.equal(address({ host: 'hik', basePath: '/' }), 'https hik 443 ');
  });

  it('refuse an address that cannot be taken apart, and say what to enter', () => {
    assert.match(refusal({ host: 'https://hik.example.com/portal' }), /Enter hik\.example\.com as the address/);
    assert.match(refusal({ host: 'hik:8443', port: 443 }), /port 8443.*says 443/);
    assert.match(refusal({ host: '' }), /no address/);
    for (const host of ['ftp://hik', 'hik example', 'user:pw@hik', 'https://', 'hik/#/login', 'a..b/ c', 'hik?x=1']) {
      assert.match(refusal({ host }), /is not an address|has a path/, host);
    }
  });

  it('name any other field that is not usable', () => {
    const wrong: RawGatewaySettings[] = [
      { protocol: 'ftp' },
      { port: '70000' },
      { certificate: 'pin', fingerprint: 'AA' },
      { basePath: '/a b' },
      { product: 'other' },
      { signature: 'none' },
      { userId: 'админ' },
      { timeout: 'soon' },
      { retries: -1 },
    ];
    for (const each of wrong) {
      const field = Object.keys(each).at(-1) ?? '';
      assert.match(refusal({ host: 'hik', name: 'HQ', ...each }), new RegExp(`"HQ" cannot be used: ${field}`));
    }
  });
});
