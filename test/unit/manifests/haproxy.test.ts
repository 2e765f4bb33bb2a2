import { describe, expect, it } from 'vitest';
import { haproxyCaFile, haproxyCommand, haproxyConfiguration, haproxyPod } from '../../../src/manifests/haproxy.ts';
import { toYaml } from '../../../src/yaml.ts';

const servers = [
  { name: 'm1', address: '10.0.0.11', port: 6443 },
  { name: 'm2', address: 'fd00::12', port: 7443 },
];
const settings = { bind: '127.0.0.1', port: 6443, servers, readyStatus: 200, caFile: haproxyCaFile } as const;

describe('the configuration of haproxy', () => {
  const text = haproxyConfiguration(settings);

  it.each([
    ['takes connections of the host alone', /^ {2}bind 127\.0\.0\.1:6443$/m],
    ['leads to every API server', /^ {2}server m1 10\.0\.0\.11:6443\n {2}server m2 \[fd00::12\]:7443$/m],
    ['chooses the one with the fewest connections', /^ {2}balance leastconn$/m],
    ['asks for readiness', /^ {2}http-check send meth GET uri \/readyz ver HTTP\/1\.1 hdr Host kubernetes$/m],
    [
      'over TLS, under the cluster’s CA',
      /default-server check check-ssl verify required ca-file \/etc\/kubernetes\/kinit\/haproxy\/ca\.crt /,
    ],
    ['closes the connections to one that is out', / on-marked-down shutdown-sessions$/m],
    ['lets a watch wait for a day', /^ {2}timeout client 24h\n {2}timeout server 24h$/m],
    ['wants to see that a ready one is ready', /^ {2}http-check expect status 200$/m],
  ])('%s', (_, words) => {
    expect(text).toMatch(words);
  });

  it('counts an API server that lets in nobody without a name as ready when it says so', () => {
    expect(haproxyConfiguration({ ...settings, readyStatus: 401 })).toMatch(/^ {2}http-check expect status 401$/m);
  });
});

describe('a control plane whose host is dead', () => {
  const text = haproxyConfiguration({ bind: '*', port: 8443, servers: [], readyStatus: 200, caFile: haproxyCaFile });
  const seconds = (setting: RegExp) => {
    const [, number = '', unit = ''] = setting.exec(text) ?? [];
    return Number(number) / (unit === 'ms' ? 1000 : 1);
  };
  const connect = seconds(/timeout connect (\d+)(m?s)/);

  it('is out within five seconds, in which writes have to go on: a look is due, fails, and so does the next one', () => {
    expect(text).toContain(' fall 2 ');
    const untilOut = seconds(/ inter (\d+)(m?s)/) + connect + seconds(/fastinter (\d+)(m?s)/) + connect;
    expect(untilOut).toBeLessThan(5);
  });

  it('costs a new connection less than those wait who ask: then another one has it', () => {
    expect(text).toContain('option redispatch 1\n');
    expect(connect).toBeLessThan(2);
  });
});

describe('the pod of haproxy', () => {
  const pod = haproxyPod('mirror.example.com/haproxy:3.2');

  it('runs as nobody, in the host’s network, with nothing to write', () => {
    expect(pod.spec).toMatchObject({
      hostNetwork: true,
      priorityClassName: 'system-node-critical',
      containers: [
        {
          image: 'mirror.example.com/haproxy:3.2',
          command: haproxyCommand,
          securityContext: { runAsNonRoot: true, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
        },
      ],
    });
  });

  it('takes the CA of a control plane where it lies, once it is there', () => {
    const yaml = toYaml(haproxyPod('haproxy:3', '/etc/kubernetes/pki/ca.crt'));
    expect(yaml).toMatch(/path: \/etc\/kubernetes\/pki\/ca\.crt\n\s+type: File\n/);
    expect(yaml).not.toContain('ca.key');
  });

  it('mounts the folder of its files, so that it sees those that are replaced', () => {
    expect(toYaml(pod)).toMatch(/hostPath:\n\s+path: \/etc\/kubernetes\/kinit\/haproxy\n\s+type: Directory\n/);
  });
});
