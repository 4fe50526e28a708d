import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { signed } from '../http/key-pairs.js';
import { freePort } from '../free-port.js';

export const LOGIN = { username: 'admin', password: 'Secret-1' };
const REALM = 'interop';

/** A server that somebody else wrote, on loopback, over http and https. */
export interface ForeignServer {
  ports: { http: number; https: number };
  stop(): Promise<void>;
}

interface Installation {
  name: string;
  /** Files that are there where the server is installed. */
  files: string[];
  start(): Promise<ForeignServer>;
}

export const apache: Installation = {
  name: 'Apache httpd',
  files: ['/usr/sbin/apache2', '/usr/lib/apache2/modules/mod_auth_digest.so'],
  async start() {
    const { home, ports } = await prepare();
    const directories = ['lasting', 'short'].map((name) => join(home, 'www', name));
    for (const directory of directories) {
      mkdirSync(directory);
      chmodSync(directory, 0o777);
      writeFileSync(join(directory, 'echo'), 'page');
      chmodSync(join(directory, 'echo'), 0o666);
    }
    const modules = [
      'mpm_event',
      'authn_core',
      'authn_file',
      'authz_core',
      'authz_user',
      'auth_digest',
      'dav',
      'dav_fs',
      'ssl',
    ];
    const location = (name: string, lifetime: number): string => `
      <Location /${name}>
        AuthType Digest
        AuthName ${REALM}
        AuthDigestProvider file
        AuthUserFile ${home}/users
        AuthDigestNonceLifetime ${lifetime}
        Require valid-user
        Dav On
      </Location>`;
    writeFileSync(
      join(home, 'conf'),
      `ServerRoot ${home}
      ServerName 127.0.0.1
      ${modules.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`).join('\n')}
      User www-data
      Group www-data
      PidFile ${home}/pid
      DefaultRuntimeDir ${home}
      ErrorLog ${home}/error.log
      DavLockDB ${home}/www/locks
      Listen 127.0.0.1:${ports.http}
      Listen 127.0.0.1:${ports.https}
      DocumentRoot ${home}/www
      KeepAliveTimeout 30
      MaxKeepAliveRequests 0
      StartServers 1
      ServerLimit 1
      ThreadsPerChild 8
      MaxRequestWorkers 8
      ${location('lasting', 300)}
      ${location('short', 2)}
      <VirtualHost 127.0.0.1:${ports.https}>
        SSLEngine on
        SSLCertificateFile ${home}/cert.pem
        SSLCertificateKeyFile ${home}/key.pem
      </VirtualHost>`,
    );
    return run(home, ports, '/usr/sbin/apache2', ['-d', home, '-f', join(home, 'conf'), '-DFOREGROUND']);
  },
};

export const lighttpd: Installation = {
  name: 'lighttpd',
  files: ['/usr/sbin/lighttpd', '/usr/lib/lighttpd/mod_openssl.so', '/usr/lib/lighttpd/mod_auth.so'],
  async start() {
    const { home, ports } = await prepare();
    for (const name of ['md5', 'sha256', 'both']) {
      mkdirSync(join(home, 'www', name));
      writeFileSync(
        join(home, 'www', name, 'echo'),
        '#!/bin/sh\nprintf "Content-Type: text/plain\\r\\n\\r\\n"\nif [ "$REQUEST_METHOD" = GET ]; then printf page; else cat; fi\n',
        { mode: 0o755 },
      );
    }
    const rule = (path: string, algorithm: string): string =>
      `"/${path}" => ("method" => "digest", "realm" => "${REALM}", "algorithm" => "${algorithm}", "require" => "valid-user")`;
    writeFileSync(
      join(home, 'conf'),
      `server.modules = ("mod_auth", "mod_authn_file", "mod_cgi", "mod_openssl")
      server.document-root = "${home}/www"
      server.bind = "127.0.0.1"
      server.port = ${ports.http}
      server.errorlog = "${home}/error.log"
      server.max-keep-alive-requests = 10000
      server.max-keep-alive-idle = 30
      cgi.assign = ("echo" => "")
      auth.backend = "htdigest"
      auth.backend.htdigest.userfile = "${home}/users"
      auth.require = (${[rule('md5', 'MD5'), rule('sha256', 'SHA-256'), rule('both', 'SHA-256|MD5')].join(', ')})
      $SERVER["socket"] == "127.0.0.1:${ports.https}" {
        ssl.engine = "enable"
        ssl.pemfile = "${home}/cert.pem"
        ssl.privkey = "${home}/key.pem"
      }\n`,
    );
    return run(home, ports, '/usr/sbin/lighttpd', ['-D', '-f', join(home, 'conf')]);
  },
};

const TOMCAT_HOME = '/usr/share/tomcat10';

export const tomcat: Installation = {
  name: 'Tomcat 10',
  files: ['/usr/bin/java', join(TOMCAT_HOME, 'bin/bootstrap.jar')],
  async start() {
    const { home, ports } = await prepare();
    for (const directory of ['conf', 'temp', 'work', 'logs']) mkdirSync(join(home, directory));
    const context = (name: string, nonceValidity: number): string => {
      const directory = join(home, 'www', name);
      mkdirSync(join(directory, 'WEB-INF'), { recursive: true });
      writeFileSync(join(directory, 'echo'), 'page');
      writeFileSync(
        join(directory, 'WEB-INF', 'web.xml'),
        `<web-app xmlns="https://jakarta.ee/xml/ns/jakartaee" version="6.0">
          <servlet><servlet-name>default</servlet-name>
            <servlet-class>org.apache.catalina.servlets.DefaultServlet</servlet-class>
            <init-param><param-name>readonly</param-name><param-value>false</param-value></init-param>
          </servlet>
          <servlet-mapping><servlet-name>default</servlet-name><url-pattern>/</url-pattern></servlet-mapping>
          <security-constraint>
            <web-resource-collection><web-resource-name>all</web-resource-name><url-pattern>/*</url-pattern></web-resource-collection>
            <auth-constraint><role-name>user</role-name></auth-constraint>
          </security-constraint>
          <login-config><auth-method>DIGEST</auth-method><realm-name>${REALM}</realm-name></login-config>
          <security-role><role-name>user</role-name></security-role>
        </web-app>`,
      );
      return `<Context path="/${name}" docBase="${directory}" reloadable="false">
        <Valve className="org.apache.catalina.authenticator.DigestAuthenticator" nonceValidity="${nonceValidity}"
          validateUri="true" nonceCountWindowSize="100"/>
        <JarScanner scanClassPath="false" scanManifest="false"/>
      </Context>`;
    };
    writeFileSync(
      join(home, 'conf', 'tomcat-users.xml'),
      `<tomcat-users><user username="${LOGIN.username}" password="${LOGIN.password}" roles="user"/></tomcat-users>`,
    );
    writeFileSync(
      join(home, 'conf', 'server.xml'),
      `<Server port="-1">
        <Service name="Catalina">
          <Connector port="${ports.http}" address="127.0.0.1" maxKeepAliveRequests="-1" maxThreads="8"/>
          <Connector port="${ports.https}" address="127.0.0.1" maxKeepAliveRequests="-1" maxThreads="8" SSLEnabled="true" scheme="https" secure="true">
            <SSLHostConfig><Certificate certificateKeyFile="${home}/key.pem" certificateFile="${home}/cert.pem" type="EC"/></SSLHostConfig>
          </Connector>
          <Engine name="Catalina" defaultHost="localhost">
            <Realm className="org.apache.catalina.realm.MemoryRealm"/>
            <Host name="localhost" appBase="${home}/none" autoDeploy="false" deployOnStartup="false">
              ${context('lasting', 300_000)}
              ${context('short', 2_000)}
            </Host>
          </Engine>
        </Service>
      </Server>`,
    );
    return run(home, ports, '/usr/bin/java', [
      ...['-Xmx96m', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Djava.awt.headless=true'],
      ...['-Djava.security.egd=file:/dev/urandom', `-Djava.io.tmpdir=${join(home, 'temp')}`],
      ...[`-Dcatalina.home=${TOMCAT_HOME}`, `-Dcatalina.base=${home}`],
      ...['-cp', `${TOMCAT_HOME}/bin/bootstrap.jar:${TOMCAT_HOME}/bin/tomcat-juli.jar`],
      ...['org.apache.catalina.startup.Bootstrap', 'start'],
    ]);
  },
};

/** Whether the server is installed. Where tests run for a release (CI=true), a missing one is an error. */
export function isInstalled({ name, files }: Installation): boolean {
  const missing = files.find((file) => !existsSync(file));
  if (missing !== undefined && process.env['CI'] === 'true') throw new Error(`${name} is not installed: no ${missing}`);
  return missing === undefined;
}

async function prepare(): Promise<{ home: string; ports: ForeignServer['ports'] }> {
  const home = mkdtempSync(join(tmpdir(), 'interop-'));
  // Apache started as root works as another user.
  chmodSync(home, 0o755);
  mkdirSync(join(home, 'www'));
  chmodSync(join(home, 'www'), 0o777);
  writeFileSync(join(home, 'cert.pem'), signed.cert);
  writeFileSync(join(home, 'key.pem'), signed.key);
  const secret = `${LOGIN.username}:${REALM}:${LOGIN.password}`;
  const lines = ['md5', 'sha256'].map((hash) => {
    const ha1 = createHash(hash).update(secret).digest('hex');
    return `${LOGIN.username}:${REALM}:${ha1}\n`;
  });
  writeFileSync(join(home, 'users'), lines.join(''));
  return { home, ports: { http: await freePort(), https: await freePort() } };
}

async function run(
  home: string,
  ports: ForeignServer['ports'],
  command: string,
  options: string[],
): Promise<ForeignServer> {
  let output = '';
  const child = spawn(command, options, { stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => (output += text.toString()));
  const exited = once(child, 'exit');
  for (const port of [ports.http, ports.https]) await answers(port, child, () => output);
  return {
    ports,
    async stop() {
      child.kill('SIGTERM');
      await exited;
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** Waits until the server accepts connections; it has no event of its own for that. */
async function answers(port: number, child: ChildProcess, output: () => string): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`the server ended:\n${output()}`);
    const socket = net.connect(port, '127.0.0.1');
    const connected = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (connected) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
