import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LabHost } from '../lab/host.ts';
import { everyFault } from './every-fault.ts';
import { at, eventually, kit, on, ssh } from './kit.ts';

const k = kit('doctor');
let cp1: LabHost;
let w1: LabHost;

beforeAll(async () => {
  [cp1, w1] = (await k.lab.up([{ name: 'cp1', bindNode: true }, { name: 'w1' }])) as [LabHost, LabHost];
  const made = await k.kinit([...(await k.init({ podSubnet: '10.244.0.0/16' })), ...at(cp1), ...ssh(k)], {
    timeout: 300,
  });
  expect(made.code, made.stderr).toBe(0);
  const joined = await k.kinit(['join', ...at(w1), ...ssh(k), '--control-plane-host', `root@${cp1.address}`], {
    timeout: 300,
  });
  expect(joined.code, joined.stderr).toBe(0);
});
afterAll(() => k.lab.down());

const doctor = (...more: string[]) => k.kinit(['doctor', ...at(cp1, w1), ...ssh(k), ...more], { timeout: 120 });

interface Result {
  readonly hosts: readonly { readonly host: string; readonly findings: readonly { readonly finding: string }[] }[];
}

/** `w1: KubeletStopped`, for every finding on either host. */
async function found(): Promise<readonly string[]> {
  const { stdout, stderr, code } = await doctor('-o', 'json');
  expect([0, 2], stderr).toContain(code);
  const name = (host: string) => (host.endsWith(cp1.address) ? 'cp1' : 'w1');
  return (JSON.parse(stdout) as Result).hosts.flatMap(({ host, findings }) =>
    findings.map(({ finding }) => `${name(host)}: ${finding}`),
  );
}

/** Exactly these, as soon as the hosts have noticed; throws with what was found instead. */
const finds = (...wanted: readonly string[]) =>
  eventually(wanted.join(', ') || 'no finding', 150_000, async () => {
    const all = await found();
    if (all.join(', ') !== wanted.join(', ')) throw new Error(`found: ${all.join(', ') || 'nothing'}`);
    return true;
  });

interface Fault {
  readonly what: string;
  /** Where it is found. */
  readonly host: 'cp1' | 'w1';
  /** Where it is made, if that is elsewhere. */
  readonly at?: 'cp1';
  /** Programs of sh: make it so, and take it back. */
  readonly make: string;
  readonly mend: string;
  readonly finding: string;
}

const restart = 'systemctl reset-failed kubelet; systemctl restart kubelet';
const config = '/var/lib/kubelet/config.yaml';
const flags = '/var/lib/kubelet/kubeadm-flags.env';
const manifests = '/etc/kubernetes/manifests';
const kubectl = 'kubectl --kubeconfig=/etc/kubernetes/admin.conf';
const kept = (path: string, change: string) => ({
  make: `cp -a ${path} /root/kept; ${change}`,
  mend: `cp -a /root/kept ${path}`,
});
/** A manifest is kept elsewhere, or the kubelet starts it twice. */
const edited = (name: string, change: string) =>
  kept(`${manifests}/${name}.yaml`, `${change} ${manifests}/${name}.yaml`);
const unknownFlag = (name: string) => edited(name, `sed -i 's/- ${name}$/&\\n    - --no-such-flag=1/'`);
const onKubelet = (path: string, change: string) => {
  const { make, mend } = kept(path, `${change} ${path}`);
  return { make: `${make}; ${restart}`, mend: `${mend}; ${restart}` };
};
/** Signs the certificate anew, with the options of `openssl x509` and what follows from standard input. */
const resigned = (name: string, options: string) =>
  kept(
    `/etc/kubernetes/pki/${name}.crt`,
    `cd /etc/kubernetes/pki; openssl req -new -key ${name}.key -subj /CN=${name} -out /root/csr; printf 'subjectAltName=DNS:kubernetes\\n' >/root/ext; openssl x509 -req -in /root/csr -CA ca.crt -CAkey ca.key -set_serial 7 -extfile /root/ext ${options} -out ${name}.crt`,
  );

/** A function of sh that asks etcd's gateway on its host. */
const etcd = `ask() { curl -s --cacert /etc/kubernetes/pki/etcd/ca.crt --cert /etc/kubernetes/pki/etcd/server.crt --key /etc/kubernetes/pki/etcd/server.key "https://127.0.0.1:2379/v3/maintenance/$1" -d "$2"; }`;

const quick: readonly Fault[] = [
  {
    what: 'a kubelet that is stopped',
    host: 'w1',
    make: 'systemctl stop kubelet',
    mend: restart,
    finding: 'KubeletStopped',
  },
  {
    what: 'forwarding switched off',
    host: 'w1',
    make: 'sysctl -q -w net.ipv4.ip_forward=0',
    mend: 'sysctl -q -w net.ipv4.ip_forward=1',
    finding: 'FileContent--proc-sys-net-ipv4-ip_forward',
  },
  {
    what: 'another hostname',
    host: 'w1',
    make: 'hostname other; systemctl restart kubelet',
    mend: 'hostname w1; systemctl restart kubelet',
    finding: 'HostnameChanged',
  },
  {
    what: 'a bridge of an earlier pod network',
    host: 'w1',
    make: 'ip link delete cni0; ip link add cni0 type bridge; ip addr add 10.99.3.1/24 dev cni0',
    mend: 'ip link delete cni0',
    finding: 'LeftoverInterface',
  },
];

const slow: readonly Fault[] = [
  {
    what: 'a containerd that is stopped',
    host: 'w1',
    make: 'systemctl stop containerd',
    mend: `systemctl start containerd; ${restart}`,
    finding: 'RuntimeStopped',
  },
  {
    what: 'containerd without its CRI plugin',
    host: 'w1',
    make: `cp -a /etc/containerd/config.toml /root/kept; printf 'disabled_plugins = ["cri"]\\n' >/etc/containerd/config.toml; systemctl restart containerd`,
    mend: `cp -a /root/kept /etc/containerd/config.toml; systemctl restart containerd; ${restart}`,
    finding: 'CRI',
  },
  {
    what: 'a flag that the kubelet does not know',
    host: 'w1',
    ...onKubelet(flags, `sed -i 's/ARGS="/&--no-such-flag=1 /'`),
    finding: 'UnknownFlag',
  },
  {
    what: 'an address that the host does not have',
    host: 'w1',
    ...onKubelet(flags, `sed -i 's/ARGS="/&--node-ip=10.77.99.99 /'`),
    finding: 'AddressChanged',
  },
  {
    what: 'another cgroup driver',
    host: 'w1',
    ...onKubelet(config, `sed -i -e '/^cgroupDriver:/d' -e '$a cgroupDriver: systemd'`),
    finding: 'CgroupDriver',
  },
  {
    what: 'less memory than the kubelet wants',
    host: 'w1',
    ...onKubelet(config, `sed -i '$a evictionHard: {memory.available: 999Gi}'`),
    finding: 'MemoryPressure',
  },
  {
    what: 'less disk than the kubelet wants',
    host: 'w1',
    ...onKubelet(config, `sed -i '$a evictionHard: {nodefs.available: 99%}'`),
    finding: 'DiskPressure',
  },
  {
    what: 'another program on the kubelet’s port',
    host: 'w1',
    make: 'systemctl stop kubelet; systemd-run --unit=stranger socat TCP-LISTEN:10250,fork,reuseaddr -; systemctl start kubelet',
    mend: `systemctl stop stranger; ${restart}`,
    finding: 'PortTaken',
  },
  {
    what: 'an API server that is elsewhere',
    host: 'w1',
    ...onKubelet(
      '/etc/kubernetes/kubelet.conf',
      `sed -i -E 's#server: https://([0-9.]+)[.][0-9]+:#server: https://\\1.99:#'`,
    ),
    finding: 'WrongApiAddress',
  },
  {
    what: 'a name of the API server that does not resolve',
    host: 'w1',
    ...onKubelet(
      '/etc/kubernetes/kubelet.conf',
      `sed -i 's#server: https://[0-9.]*:#server: https://api.nowhere.test:#'`,
    ),
    finding: 'WrongApiAddress',
  },
  {
    what: 'the CA of another cluster',
    host: 'w1',
    ...onKubelet(
      '/etc/kubernetes/kubelet.conf',
      `openssl req -x509 -newkey rsa:2048 -nodes -keyout /dev/null -subj /CN=kubernetes -days 9 2>/dev/null | base64 -w0 >/root/ca; sed -i "s#certificate-authority-data: .*#certificate-authority-data: $(cat /root/ca)#"`,
    ),
    finding: 'ForeignCertificate',
  },
  {
    what: 'no configuration of the pod network',
    host: 'w1',
    make: 'mkdir -p /root/cni; mv /etc/cni/net.d/* /root/cni/; systemctl restart containerd',
    mend: `mv /root/cni/* /etc/cni/net.d/; systemctl restart containerd; ${restart}`,
    finding: 'NoPodNetwork',
  },
  {
    what: 'a sandbox image that cannot be had',
    host: 'w1',
    make: `cp -a /etc/containerd/config.toml /root/kept; sed -i 's#sandbox_image = .*#sandbox_image = "registry.nowhere.test/pause:1"#' /etc/containerd/config.toml; systemctl restart containerd; mkdir -p ${manifests}; printf '%s' '{"apiVersion":"v1","kind":"Pod","metadata":{"name":"lost"},"spec":{"containers":[{"name":"a","image":"k8s.gcr.io/pause:3.2"}]}}' >${manifests}/lost.yaml`,
    mend: `rm ${manifests}/lost.yaml; cp -a /root/kept /etc/containerd/config.toml; systemctl restart containerd`,
    finding: 'SandboxImageMissing',
  },
  {
    what: 'a token that the cluster does not know',
    host: 'w1',
    make: `systemctl stop kubelet; cd /etc/kubernetes; { sed '/^users:/,$d' kubelet.conf; sed -n 's/^    user: /users:\\n- user: {token: aaaaaa.bbbbbbbbbbbbbbbb}\\n  name: /p' kubelet.conf; } >bootstrap-kubelet.conf; mkdir -p /root/joined; mv kubelet.conf /var/lib/kubelet/pki/kubelet-client-current.pem /root/joined/; ${restart}`,
    mend: `systemctl stop kubelet; rm /etc/kubernetes/bootstrap-kubelet.conf; mv /root/joined/kubelet.conf /etc/kubernetes/; mv /root/joined/*.pem /var/lib/kubelet/pki/; ${restart}`,
    finding: 'TokenRefused',
  },
  {
    what: 'an image that cannot be pulled',
    host: 'w1',
    at: 'cp1',
    make: `${kubectl} run lost --image=registry.nowhere.test/lost:1 --restart=Never --overrides='{"spec":{"nodeName":"w1"}}'`,
    mend: `${kubectl} delete pod lost --now`,
    finding: 'ImageNotPulled',
  },
  {
    what: 'a kubelet that does not start at boot',
    host: 'w1',
    make: 'systemctl disable kubelet',
    mend: 'systemctl enable kubelet',
    finding: 'KubeletDisabled',
  },
  {
    what: 'a flag that the scheduler does not know',
    host: 'cp1',
    ...unknownFlag('kube-scheduler'),
    finding: 'UnknownFlag',
  },
  {
    what: 'a flag that the API server does not know',
    host: 'cp1',
    ...unknownFlag('kube-apiserver'),
    finding: 'UnknownFlag',
  },
  {
    what: 'a manifest that is no YAML',
    host: 'cp1',
    ...edited('kube-controller-manager', `sed -i '$a : ['`),
    finding: 'ManifestBroken',
  },
  {
    what: 'a manifest that is not there',
    host: 'cp1',
    make: `mv ${manifests}/kube-scheduler.yaml /root/kept`,
    mend: `mv /root/kept ${manifests}/kube-scheduler.yaml`,
    finding: 'ManifestMissing',
  },
  {
    what: 'a certificate that has expired',
    host: 'cp1',
    ...resigned('apiserver-kubelet-client', '-days 0'),
    finding: 'CertificateExpired',
  },
  {
    what: 'a certificate without the address',
    host: 'cp1',
    ...resigned('apiserver', '-days 30'),
    finding: 'CertificateNames',
  },
  {
    what: 'another program on the scheduler’s port',
    host: 'cp1',
    make: `mv ${manifests}/kube-scheduler.yaml /root/kept; until ! ss -ltn | grep -q :10259; do sleep 0.2; done; systemd-run --unit=stranger socat TCP-LISTEN:10259,fork,reuseaddr -; mv /root/kept ${manifests}/kube-scheduler.yaml`,
    mend: 'systemctl stop stranger',
    finding: 'PortTaken',
  },
  {
    what: 'an alarm of etcd',
    host: 'cp1',
    make: `${etcd}; id=$(ask status '{}' | grep -o '"member_id":"[0-9]*' | grep -o '[0-9]*$'); ask alarm "{\\"action\\":\\"ACTIVATE\\",\\"alarm\\":\\"NOSPACE\\",\\"memberID\\":\\"$id\\"}"`,
    mend: `${etcd}; id=$(ask status '{}' | grep -o '"member_id":"[0-9]*' | grep -o '[0-9]*$'); ask alarm "{\\"action\\":\\"DEACTIVATE\\",\\"alarm\\":\\"NOSPACE\\",\\"memberID\\":\\"$id\\"}"`,
    finding: 'EtcdAlarm',
  },
];

const madeOn = ({ at: place, host }: Fault) => ((place ?? host) === 'cp1' ? cp1 : w1);

/** Makes it, finds it, and takes it back whatever was found: the next cause has hosts that are well. */
async function showsOnly(fault: Fault): Promise<void> {
  await on(madeOn(fault), 'sh', '-c', fault.make);
  try {
    await finds(`${fault.host}: ${fault.finding}`);
  } finally {
    await on(madeOn(fault), 'sh', '-c', fault.mend);
  }
  await finds();
}

describe('doctor', () => {
  it('finds that there is no pod network on either node, and nothing when there is', async () => {
    await finds('cp1: NoPodNetwork', 'w1: NoPodNetwork');
    await k.lab.layPodNetwork(cp1);
    await finds();
  });

  it('looks at the machine that it runs on', async () => {
    expect(await on(cp1, 'kinit', 'doctor')).toBe('localhost: nothing found\n');
  });

  it('looks at the hosts of a file, for support too', async () => {
    const file = join(k.folder, 'cluster.yaml');
    const hosts = `- { name: cp1, address: ${cp1.address}, role: control-plane }\n- { name: w1, address: ${w1.address} }\n`;
    const inventory = `apiVersion: kinit.dev/v1alpha1\nkind: Inventory\nssh: { user: root }\nhosts:\n${hosts}`;
    writeFileSync(file, `${inventory}---\n${k.cluster({ podSubnet: '10.244.0.0/16' })}`);
    const { code, stdout, stderr } = await k.kinit(['doctor', '--config', file, ...ssh(k)], { timeout: 120 });
    expect([code, stdout], stderr).toEqual([0, 'cp1, w1: nothing found\n']);
    const archive = join(k.folder, 'file.tar.gz');
    const made = await k.kinit(['support', '--config', file, ...ssh(k), '--output-file', archive], { timeout: 240 });
    expect(made.code, made.stderr).toBe(0);
    const text = gunzipSync(readFileSync(archive)).toString('latin1');
    for (const name of ['plan.txt', 'config.yaml', 'hosts/cp1/facts.json', 'hosts/w1/kubelet.log'])
      expect(text).toContain(name);
  });

  it('has a finding for a host that is not reached', async () => {
    const { code, stdout } = await k.kinit(
      [
        'doctor',
        '--host',
        `root@${w1.address.replace(/\d+$/, '250')}`,
        ...at(cp1),
        ...ssh(k),
        '--connect-timeout',
        '2',
      ],
      { timeout: 60 },
    );
    expect([code, stdout]).toEqual([2, expect.stringMatching(/ERROR Unreachable[\s\S]*nothing found/)]);
  });

  it('mends what it may, when somebody says yes, and touches nothing before', async () => {
    await on(w1, 'sh', '-c', 'systemctl disable --now kubelet; sysctl -q -w net.ipv4.ip_forward=0');
    const asked = await doctor('--fix');
    expect([asked.code, asked.stderr]).toEqual([3, expect.stringContaining('nothing was touched: nobody said yes')]);
    expect(asked.stderr).toMatch(/! \[doctor\] service kubelet: running, enabled at boot/);
    expect(await on(w1, 'sysctl', '-n', 'net.ipv4.ip_forward')).toBe('0\n');
    const fixed = await doctor('--fix', '--yes');
    expect(fixed.code, fixed.stderr).toBe(0);
    await finds();
    expect(await on(w1, 'systemctl', 'is-enabled', 'kubelet')).toBe('enabled\n');
  });

  it.each(quick)('finds $what, and nothing else', showsOnly);

  it('gives no secret of the cluster to support', async () => {
    const archive = join(k.folder, 'support.tar.gz');
    const { code, stderr } = await k.kinit(['support', ...at(cp1, w1), ...ssh(k), '--output-file', archive], {
      timeout: 120,
    });
    expect(code, stderr).toBe(0);
    expect((statSync(archive).mode & 0o777).toString(8)).toBe('600');
    const text = gunzipSync(readFileSync(archive)).toString('latin1');
    expect(text).toContain('kube-system_etcd-cp1_etcd');
    const keys = await on(
      cp1,
      'sh',
      '-c',
      'cat /etc/kubernetes/pki/*.key /etc/kubernetes/pki/etcd/*.key | grep -v -- -----',
    );
    const tokens = await on(
      cp1,
      'sh',
      '-c',
      `${kubectl} -n kube-system get secrets -o jsonpath='{.items[*].data.token}'`,
    );
    const secrets = [...keys.trim().split('\n'), ...tokens.split(' ').filter((one) => one.length > 16)];
    expect(secrets.length).toBeGreaterThan(50);
    for (const secret of secrets) {
      expect(text).not.toContain(secret);
      expect(text).not.toContain(Buffer.from(secret, 'base64').toString('latin1'));
    }
  });
});

if (everyFault)
  describe('doctor, over the causes that take their time', () => {
    it.each(slow)('finds $what, and nothing else', showsOnly);
  });
