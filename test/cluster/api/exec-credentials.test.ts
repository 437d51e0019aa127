import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { ExecSource } from '../../../reconciler/cluster/api/access.ts';
import { createApiClient } from '../../../reconciler/cluster/api/client.ts';
import { createApiClock } from '../../../reconciler/cluster/api/clock.ts';
import {
  openExecCredentials,
  parseExecCredential,
  type ProgramRun,
} from '../../../reconciler/cluster/api/exec-credentials.ts';
import { openTransport } from '../../../reconciler/cluster/api/https.ts';
import { must } from '../../support/must.ts';
import { WIDGETS } from '../contract/contract.ts';
import { FakeCluster } from '../fake/cluster.ts';
import { serveFake } from '../fake/http.ts';

const credentialOf = (status: object): string =>
  JSON.stringify({ apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status });

describe('an ExecCredential', () => {
  it('has a token, or a certificate with its key, and the time of its end', () => {
    const expirationTimestamp = '2026-11-30T12:00:00Z';
    expect(parseExecCredential(credentialOf({ token: 'a', expirationTimestamp }))).toEqual({
      token: 'a',
      expiresMs: Date.parse(expirationTimestamp),
    });
    const pair = { clientCertificateData: 'CERT', clientKeyData: 'KEY' };
    expect(parseExecCredential(credentialOf(pair))).toEqual({
      certificate: 'CERT',
      key: 'KEY',
      expiresMs: Number.POSITIVE_INFINITY,
    });
  });

  it.each([
    ['nothing', ''],
    ['another kind', JSON.stringify({ kind: 'Token', status: { token: 'a' } })],
    ['no credential', credentialOf({})],
    ['a certificate without its key', credentialOf({ clientCertificateData: 'CERT' })],
    ['no time', credentialOf({ token: 'a', expirationTimestamp: 'soon' })],
  ])('is not %s', (_name, text) => {
    expect(parseExecCredential(text)).toBeUndefined();
  });
});

const SOURCE: ExecSource = {
  command: 'kubelogin',
  args: [],
  environment: {},
  apiVersion: 'client.authentication.k8s.io/v1',
  hint: 'Install kubelogin.',
};

describe('credentials of a program', () => {
  it('are asked for once, and again shortly before their end, or when they are refused', () => {
    let [nowMs, runs] = [0, 0];
    const run = (): ProgramRun => {
      runs += 1;
      const expirationTimestamp = new Date(nowMs + 3_600_000).toISOString();
      return { code: 0, stdout: credentialOf({ token: `t${runs}`, expirationTimestamp }) };
    };
    const { prepare, token } = openExecCredentials(SOURCE, { run, timeMs: () => nowMs });
    const use = (): string | undefined => {
      must(prepare());
      return token.text();
    };
    expect([use(), use()]).toEqual(['t1', 't1']);
    nowMs += 3_580_000;
    expect([use(), use()]).toEqual(['t2', 't2']);
    token.expire();
    expect([use(), runs]).toEqual(['t3', 3]);
  });

  it.each<readonly [ProgramRun, string]>([
    [{ code: undefined, stdout: '' }, 'not-found'],
    [{ code: 1, stdout: '' }, 'permission'],
    [{ code: 0, stdout: 'Password:' }, 'invalid'],
  ])('%j is a failure with a remedy', (done, code) => {
    const { prepare } = openExecCredentials(SOURCE, { run: () => done, timeMs: () => 0 });
    expect(prepare()).toMatchObject({ error: { code, hint: expect.stringMatching(/\w/) as unknown } });
  });
});

describe('a cluster whose kubeconfig names a program', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vnet-exec-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('is asked with its token, and with a new one when that is refused; the program knows the cluster', async () => {
    const cluster = new FakeCluster([{ resource: WIDGETS }], createApiClock());
    const server = await serveFake(cluster);
    const [program, token, seen] = ['program', 'token', 'seen'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    const lines = [
      '#!/bin/sh',
      `printf '%s\\n' "$KUBERNETES_EXEC_INFO $1 $WHO" >>${seen}`,
      `printf '{"kind":"ExecCredential","status":{"token":"%s"}}' "$(cat ${token})"`,
    ];
    writeFileSync(program, `${lines.join('\n')}\n`);
    chmodSync(program, 0o755);
    writeFileSync(token, 'old');
    cluster.tokens = new Set(['old']);
    const exec = {
      ...SOURCE,
      command: program,
      args: ['get'],
      environment: { WHO: 'me' },
      cluster: { server: 'x' },
    };
    const transport = openTransport({ server: server.url, exec }, 'test', process.env);
    const client = createApiClient(transport);
    must(await client.list(WIDGETS));
    must(await client.list(WIDGETS));
    writeFileSync(token, 'new');
    cluster.tokens = new Set(['new']);
    must(await client.list(WIDGETS));
    const runs = readFileSync(seen, 'utf8').trim().split('\n');
    expect(runs).toHaveLength(2);
    expect(runs[0]).toMatch(/"cluster":\{"server":"x"\}.* get me$/);
    transport.close();
    const absent = openTransport(
      { server: server.url, exec: { ...SOURCE, command: join(folder, 'none') } },
      'test',
    );
    expect(await createApiClient(absent).list(WIDGETS)).toMatchObject({ error: { code: 'not-found' } });
    absent.close();
    await server.close();
  });
});
