import { describe, expect, it } from 'vitest';
import { chinese } from '../../../src/messages/words.ts';
import { html } from '../../../src/report/html.ts';
import { statusHtml } from '../../../src/report/status-html.ts';
import type { ClusterStatus } from '../../../src/workflows/cluster/status.ts';

const now = Date.UTC(2026, 0, 1);
const day = 86_400_000;
const end = (name: string, days: number) => ({ name, notAfter: now + days * day, external: false });

const status: ClusterStatus = {
  server: 'https://10.0.0.11:6443',
  problem: undefined,
  version: 'v1.31.0',
  failing: [],
  components: [{ name: 'kube-apiserver', node: 'm1', ready: true, restarts: 0, remark: 'Running' }],
  nodes: [
    {
      name: 'm1',
      roles: ['control-plane'],
      ready: true,
      remarks: [],
      version: 'v1.31.0',
      runtime: 'containerd://1.7',
      address: '10.0.0.11',
      system: 'CentOS',
    },
  ],
  hosts: [
    { name: 'm1', role: 'control-plane', problem: undefined, joined: true },
    { name: 'w1', role: 'worker', problem: 'no route', joined: false },
  ],
  certificates: [
    {
      node: 'm1',
      info: {
        certificates: [end('apiserver', 20), end('admin.conf', 300), end('scheduler.conf', 300), end('old', -3)],
        authorities: [end('ca', 3650)],
      },
    },
  ],
  apiServers: [],
  balancers: [],
  etcd: {
    problem: undefined,
    tolerates: 0,
    members: [
      {
        name: 'm1',
        id: '1',
        peerUrl: 'https://10.0.0.11:2380',
        role: 'leader',
        votes: true,
        version: '3.5.16',
        databaseBytes: 1024,
        alarms: [],
      },
    ],
  },
  snapshots: [{ node: 'm1', age: 7200, every: 3600 * 6, overdue: false }],
};

/** Every element that has an end, so that what is open is seen. */
function unclosed(page: string): readonly string[] {
  const open: string[] = [];
  for (const [, slash, name = '', rest = ''] of page.matchAll(/<(\/?)([a-z][a-z0-9]*)([^>]*)>/g)) {
    if (['meta', 'line', 'rect'].includes(name)) continue;
    if (slash === '') open.push(name);
    else if (open.pop() !== name) return [`</${name}${rest}>`];
  }
  return open;
}

describe('the page of a status', () => {
  const page = statusHtml(status, now, false);

  it('is whole and needs nothing else: no script, nothing that is fetched', () => {
    expect(page.startsWith('<!DOCTYPE html>\n')).toBe(true);
    expect(unclosed(page)).toEqual([]);
    expect(page).not.toMatch(/<script|<link|<img|src=|href=|url\(|@import|\bon\w+=/i);
    expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
    expect(page).toContain('@media print');
  });

  it('tells nodes, hosts that are none, the control plane, etcd, certificates and snapshots', () => {
    expect(page).toContain('<td class="good">Ready</td>');
    expect(page).toMatch(/<td class="">w1<\/td>\n<td class="">worker<\/td>\n<td class="bad">not joined<\/td>/);
    expect(page).toContain('<td class="good">leader</td>');
    expect(page).toContain('<p>etcd has one member: the cluster does not outlive its loss</p>');
    expect(page).toContain('<td class="good">in time</td>');
    expect([...page.matchAll(/<h2>([^<]*)/g)].map(([, title]) => title)).toEqual([
      'Nodes',
      'Control plane',
      'etcd',
      'Certificates',
      'Snapshots of etcd',
    ]);
  });

  it('says first whether all is well', () => {
    expect(page).toContain('<strong class="bad">Something is wrong</strong> v1.31.0, ready');
    expect(statusHtml(status, now, true)).toContain('<strong class="good">All is well</strong>');
    const silent = statusHtml({ ...status, problem: 'connection refused' }, now, false);
    expect(silent).toContain('Something is wrong</strong> connection refused');
  });

  it('is in the language of who reads it, but for names and what machines tell', async () => {
    const spoken = statusHtml(status, now, false, await chinese());
    expect(spoken).toContain('<html lang="zh">');
    expect(spoken).toContain('<h1>https://10.0.0.11:6443 上的 Kubernetes</h1>');
    expect(spoken).toContain('<td class="good">就绪</td>');
    const shown = spoken.slice(spoken.indexOf('<body>')).replaceAll(/<title>.*?<\/title>|<[^>]*>/g, ' ');
    const own =
      /^(?:m1|w1|apiserver|admin|scheduler|conf|old|ca|v1|etcd|ETCD|https|http|MiB|containerd|Kubernetes|UTC|API|control|plane|no|route|kube|kinit|up|URL|h)$/;
    expect([...shown.matchAll(/[a-z][a-z0-9]*/gi)].map(([word]) => word).filter((word) => !own.test(word))).toEqual([]);
  });

  it('draws how long certificates last, those of a node that end together as one, the first above', () => {
    const labels = [...page.matchAll(/<text class="label"[^>]*>([^<]*)/g)].map(([, label]) => label);
    expect(labels).toEqual(['m1: old', 'm1: apiserver', 'm1: 2 certificates', 'm1: ca']);
    expect([...page.matchAll(/<rect class="(\w+)"/g)].map(([, state]) => state)).toEqual([
      'bad',
      'late',
      'good',
      'good',
    ]);
    expect(page).toContain('<title>m1: admin.conf, scheduler.conf: 2026-10-28</title>');
    expect(page).toMatch(/>10 years? ›|>9 years ›/);
    const widths = [...page.matchAll(/<rect [^>]*width="(\d+)"/g)].map(([, width]) => Number(width));
    expect(widths).toEqual(widths.toSorted((a, b) => a - b));
  });

  it('says which certificate cannot be read, and nothing of one that is not there', () => {
    const away = { name: 'super-admin.conf', notAfter: undefined, external: false };
    const broken = { ...away, name: 'apiserver', problem: 'it is no certificate' };
    const info = { certificates: [end('admin.conf', 300), away, broken], authorities: [] };
    const other = statusHtml({ ...status, certificates: [{ node: 'm1', info }] }, now, true);
    expect(other).toContain('<td class="bad">it is no certificate</td>');
    expect(other).not.toContain('super-admin.conf');
  });

  it('draws nothing where no certificate is known', () => {
    expect(statusHtml({ ...status, certificates: [] }, now, true)).not.toContain('<svg');
  });
});

describe('text from hosts and clusters', () => {
  const evil = `<script>alert(1)</script>"'><img src=x onerror=y>\`&amp;\u001b[2J\u202e`;

  it('makes no markup, and hides nothing', () => {
    const page = statusHtml(
      {
        ...status,
        server: evil,
        version: evil,
        failing: [evil],
        nodes: status.nodes.map((node) => ({ ...node, name: evil, roles: [evil], remarks: [evil], version: evil })),
        hosts: [{ name: evil, role: 'worker', problem: evil, joined: false }],
        components: [{ name: evil, node: evil, ready: false, restarts: 0, remark: evil }],
        apiServers: [{ node: evil, server: evil, problem: evil, failing: [] }],
        balancers: [{ node: evil, kind: evil, problem: evil, servers: [], holds: evil }],
        etcd: { problem: evil, members: [], tolerates: 0 },
        certificates: [{ node: evil, info: { certificates: [end(evil, 5)], authorities: [] } }],
        snapshots: [{ node: evil, age: undefined, every: 60, overdue: true }],
      },
      now,
      false,
    );
    expect(unclosed(page)).toEqual([]);
    expect(page).not.toMatch(/<script|<img|onerror=y>/);
    for (const hidden of ['\u001b', '\u202e']) expect(page).not.toContain(hidden);
    expect(page).toContain('&#60;script&#62;');
  });

  it('is escaped by the template, but for what is markup already', () => {
    expect(html`<b title="${'a"b'}">${'<i>'} ${html`<i>${1}</i>`} ${[html`&amp;`]}</b>`.text).toBe(
      '<b title="a&#34;b">&#60;i&#62; <i>1</i> &amp;</b>',
    );
  });
});
