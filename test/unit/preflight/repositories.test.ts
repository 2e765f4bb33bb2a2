import { describe, expect, it } from 'vitest';
import { namesOf, perfect, preflightOf } from './hosts.ts';

describe('a repository', () => {
  it.each<[string, string, boolean]>([
    ['7.9', 'http://mirrorlist.centos.org/?release=7&arch=x86_64&repo=os', true],
    ['7.9', 'http://mirror.centos.org/centos/7/os/x86_64/', true],
    ['8', 'http://mirror.centos.org/centos/8/BaseOS/x86_64/os/', true],
    ['9', 'https://mirror.stream.centos.org/9-stream/BaseOS/x86_64/os/', false],
    ['7.9', 'https://vault.centos.org/7.9.2009/os/x86_64/', false],
    ['7.9', 'https://packages.cloud.google.com/yum/repos/kubernetes-el7-x86_64', true],
    ['9', 'https://packages.cloud.google.com/yum/repos/cloud-sdk-el9-x86_64', false],
    ['9', 'https://pkgs.k8s.io/core:/stable:/v1.31/rpm/', false],
  ])('of release %s at %s: dead %s', (version, url, dead) => {
    const facts = perfect('v1.31.0');
    const repository = { file: '/etc/yum.repos.d/one.repo', id: 'one', enabled: true, urls: [url] };
    const result = preflightOf('join-worker', 'v1.31.0', {
      facts: { ...facts, os: { ...facts.os, version }, repositories: [repository] },
    });
    expect(namesOf(result).includes('warning DeadRepository')).toBe(dead);
  });
});
