import { describe, expect, it } from 'vitest';
import { coreDnsImage, etcdImage, requiredImages } from '../../../src/manifests/images.ts';
import { between, initConfig, localEtcd, minors, newest, release } from './config.ts';

const images = (version: string, cluster = {}) =>
  requiredImages(initConfig(version, { cluster }).cluster, release(version));

describe('the images that a release needs', () => {
  it('are those of kubeadm v1.20.2, in its order', () => {
    expect(images('1.20.2')).toEqual([
      'k8s.gcr.io/kube-apiserver:v1.20.2',
      'k8s.gcr.io/kube-controller-manager:v1.20.2',
      'k8s.gcr.io/kube-scheduler:v1.20.2',
      'k8s.gcr.io/kube-proxy:v1.20.2',
      'k8s.gcr.io/pause:3.2',
      'k8s.gcr.io/etcd:3.4.13-0',
      'k8s.gcr.io/coredns:1.7.0',
    ]);
  });

  it('are those of kubeadm v1.36.2, in its order', () => {
    expect(images('1.36.2')).toEqual([
      'registry.k8s.io/kube-apiserver:v1.36.2',
      'registry.k8s.io/kube-controller-manager:v1.36.2',
      'registry.k8s.io/kube-scheduler:v1.36.2',
      'registry.k8s.io/kube-proxy:v1.36.2',
      'registry.k8s.io/coredns/coredns:v1.14.2',
      'registry.k8s.io/pause:3.10.2',
      'registry.k8s.io/etcd:3.6.8-0',
    ]);
  });

  it.each([
    ['1.18.20', '3.4.3-0', '1.6.7', '3.2'],
    ['1.19.0', '3.4.9-1', '1.7.0', '3.2'],
    ['1.19.1', '3.4.13-0', '1.7.0', '3.2'],
    ['1.21.14', '3.4.13-0', 'v1.8.0', '3.4.1'],
    ['1.22.16', '3.5.0-0', 'v1.8.4', '3.5'],
    ['1.22.17', '3.5.6-0', 'v1.8.4', '3.5'],
    ['1.23.0', '3.5.1-0', 'v1.8.6', '3.6'],
    ['1.23.14', '3.5.5-0', 'v1.8.6', '3.6'],
    ['1.24.7', '3.5.3-0', 'v1.8.6', '3.7'],
    ['1.24.17', '3.5.6-0', 'v1.8.6', '3.7'],
    ['1.25.3', '3.5.4-0', 'v1.9.3', '3.8'],
    ['1.25.16', '3.5.9-0', 'v1.9.3', '3.8'],
    ['1.26.12', '3.5.9-0', 'v1.9.3', '3.9'],
    ['1.26.15', '3.5.10-0', 'v1.9.3', '3.9'],
    ['1.27.6', '3.5.7-0', 'v1.10.1', '3.9'],
    ['1.27.16', '3.5.12-0', 'v1.10.1', '3.9'],
    ['1.28.15', '3.5.15-0', 'v1.10.1', '3.9'],
    ['1.29.10', '3.5.15-0', 'v1.11.1', '3.9'],
    ['1.29.11', '3.5.16-0', 'v1.11.1', '3.9'],
    ['1.29.14', '3.5.16-0', 'v1.11.1', '3.9'],
    ['1.30.14', '3.5.15-0', 'v1.11.3', '3.9'],
    ['1.30.4', '3.5.12-0', 'v1.11.1', '3.9'],
    ['1.30.6', '3.5.15-0', 'v1.11.3', '3.9'],
    ['1.31.0', '3.5.15-0', 'v1.11.1', '3.10'],
    ['1.31.14', '3.5.24-0', 'v1.11.3', '3.10'],
    ['1.32.13', '3.5.24-0', 'v1.11.3', '3.10'],
    ['1.33.7', '3.5.24-0', 'v1.12.0', '3.10'],
    ['1.34.3', '3.6.5-0', 'v1.12.1', '3.10.1'],
    ['1.35.0', '3.6.6-0', 'v1.13.1', '3.10.1'],
    ['1.36.5', '3.6.8-0', 'v1.14.2', '3.10.2'],
    ['1.37.0', '3.7.0-0', 'v1.14.6', '3.10.2'],
    ['1.37.1', '3.7.0-0', 'v1.14.6', '3.10.2'],
  ])('%s has etcd %s, CoreDNS %s, pause %s', (version, etcd, coreDns, pause) => {
    expect(release(version).images).toMatchObject({ etcd, coreDns, pause });
  });

  it('come from registry.k8s.io since 1.25, from k8s.gcr.io before', () => {
    const old = minors.filter((minor) => images(minor).every((image) => image.startsWith('k8s.gcr.io/')));
    const now = minors.filter((minor) => images(minor).every((image) => image.startsWith('registry.k8s.io/')));
    expect(old).toEqual(between('1.18', '1.24'));
    expect(now).toEqual(between('1.25', newest));
  });

  it('list CoreDNS behind kube-proxy from 1.29 on, last before', () => {
    const place = (minor: string) => images(minor).findIndex((image) => image.includes('coredns'));
    expect(minors.filter((minor) => place(minor) === 4)).toEqual(between('1.29', newest));
    expect(minors.filter((minor) => place(minor) === 6)).toEqual(between('1.18', '1.28'));
  });

  it('leave out what is not installed', () => {
    const names = images('1.36.2', { dns: { disabled: true }, proxy: { disabled: true } }).join(' ');
    expect(names).not.toMatch(/coredns|kube-proxy/);
  });

  it('write a build suffix with an underscore', () => {
    expect(images('1.36.2+vendor.1')[0]).toBe('registry.k8s.io/kube-apiserver:v1.36.2_vendor.1');
  });
});

describe('CoreDNS in a mirror', () => {
  const coreDns = (version: string, cluster: object) =>
    coreDnsImage(initConfig(version, { cluster }).cluster, release(version));
  const mirror = { imageRepository: 'registry.aliyuncs.com/google_containers' };

  it.each([
    ['1.20.2', 'coredns:1.7.0'],
    ['1.21.0', 'coredns/coredns:v1.8.0'],
    ['1.21.2', 'coredns:v1.8.0'],
    ['1.22.0', 'coredns:v1.8.4'],
    ['1.36.2', 'coredns:v1.14.2'],
  ])('%s: %s', (version, image) => {
    expect(coreDns(version, mirror)).toBe(`registry.aliyuncs.com/google_containers/${image}`);
  });

  it('may have a repository and a tag of its own', () => {
    const dns = { disabled: false, imageRepository: 'my.test/dns', imageTag: 'v9' };
    expect(coreDns('1.36.2', { ...mirror, dns })).toBe('my.test/dns/coredns:v9');
    expect(coreDns('1.36.2', { ...mirror, dns: { disabled: false, imageRepository: 'registry.k8s.io' } })).toBe(
      'registry.k8s.io/coredns/coredns:v1.14.2',
    );
  });
});

describe('a local etcd', () => {
  it('may have a repository and a tag of its own', () => {
    const etcd = localEtcd({ imageRepository: 'my.test', imageTag: '3.5.9+fix' });
    expect(etcdImage(initConfig('1.36.2', { cluster: { etcd } }).cluster, release('1.36.2'))).toBe(
      'my.test/etcd:3.5.9_fix',
    );
  });
});
