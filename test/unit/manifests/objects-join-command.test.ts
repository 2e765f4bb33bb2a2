import { describe, expect, test } from 'vitest';
import { initClosingMessage, joinClosingMessage, workstationClosing } from '../../../src/manifests/closing-message.ts';
import { joinCommandLine, joinCommandLines, withheld } from '../../../src/manifests/join-command.ts';
import { Secret } from '../../../src/secret.ts';

const token = new Secret('abcdef.0123456789abcdef');
const join = { endpoint: 'cp.example.test:6443', token, caCertHashes: ['sha256:aa'] };
const certificateKey = new Secret('k'.repeat(64));

describe('the join command', () => {
  test("of a worker is one line with kubeadm's trailing space", () => {
    expect(joinCommandLine(join)).toBe(
      'kinit join cp.example.test:6443 --token abcdef.0123456789abcdef --discovery-token-ca-cert-hash sha256:aa ',
    );
  });

  test('of a control plane carries the certificate key', () => {
    expect(joinCommandLine({ ...join, controlPlane: true, certificateKey })).toBe(
      `${joinCommandLine(join)}--control-plane --certificate-key ${'k'.repeat(64)}`,
    );
  });

  test('of a control plane without uploaded certificates has no key', () => {
    expect(joinCommandLine({ ...join, controlPlane: true })).toBe(`${joinCommandLine(join)}--control-plane `);
  });

  test('pins every certificate of a CA bundle', () => {
    expect(joinCommandLine({ ...join, caCertHashes: ['sha256:aa', 'sha256:bb'] })).toContain(
      ' --discovery-token-ca-cert-hash sha256:aa --discovery-token-ca-cert-hash sha256:bb ',
    );
  });

  test('breaks where kubeadm breaks it', () => {
    expect(joinCommandLines({ ...join, controlPlane: true, certificateKey })).toBe(
      [
        'kinit join cp.example.test:6443 --token abcdef.0123456789abcdef \\',
        '\t--discovery-token-ca-cert-hash sha256:aa \\',
        `\t--control-plane --certificate-key ${'k'.repeat(64)}`,
      ].join('\n'),
    );
  });
});

describe('the closing message of init', () => {
  const closing = { join, sharedEndpoint: false, certificatesUploaded: false };

  test('tells workers how to join, and control planes only where they share an endpoint', () => {
    const message = initClosingMessage(closing);
    expect(message).toContain('Your Kubernetes control-plane has initialized successfully!');
    expect(message).toContain(`running the following on each as root:\n\n${joinCommandLines(join)}\n`);
    expect(message).not.toContain('--control-plane');
    expect(initClosingMessage({ ...closing, sharedEndpoint: true })).toContain('copying certificate authorities');
  });

  test('shows the key of uploaded certificates and how to upload them again', () => {
    const message = initClosingMessage({
      ...closing,
      sharedEndpoint: true,
      certificatesUploaded: true,
      certificateKey,
    });
    expect(message).toContain(`--certificate-key ${'k'.repeat(64)}\n`);
    expect(message).toContain('kinit init phase upload-certs --upload-certs');
  });

  test('withholds what is not to be printed', () => {
    const message = initClosingMessage({
      join: { ...join, token: withheld },
      sharedEndpoint: true,
      certificatesUploaded: true,
      certificateKey: withheld,
    });
    expect(message).toContain('--token <value withheld>');
    expect(message).toContain('--certificate-key <value withheld>');
    expect(message).not.toContain('0123456789abcdef');
  });

  test('names another kubeconfig where there is one', () => {
    expect(initClosingMessage({ ...closing, kubeconfig: '/srv/admin.conf' })).toContain(
      '  sudo cp -i /srv/admin.conf $HOME/.kube/config\n',
    );
  });

  test('says that kubeadm may join as well', () => {
    expect(initClosingMessage(closing)).toContain('kubeadm of the same version joins with the same arguments');
  });

  test('is for the machine that it is read on: nothing there copies files of the master', () => {
    const message = workstationClosing(initClosingMessage(closing), 'root@10.0.0.11');
    expect(message).toContain('kinit kubeconfig fetch --host root@10.0.0.11 --merge');
    expect(message).toContain('kinit join --host USER@WORKER,... --control-plane-host root@10.0.0.11');
    expect(message).not.toContain('sudo cp');
  });
});

describe('the closing message of join', () => {
  test('tells a worker where to look', () => {
    const message = joinClosingMessage({ controlPlane: false, etcdMember: false });
    expect(message).toContain('This node has joined the cluster');
    expect(message).toContain("Run 'kubectl get nodes' on a control plane");
  });

  test.each([true, false])('speaks of etcd where a member was added: %s', (etcdMember) => {
    const message = joinClosingMessage({ controlPlane: true, etcdMember });
    expect(message.includes('The stacked etcd cluster has one member more')).toBe(etcdMember);
    expect(message).toContain('sudo cp -i /etc/kubernetes/admin.conf $HOME/.kube/config');
  });
});
