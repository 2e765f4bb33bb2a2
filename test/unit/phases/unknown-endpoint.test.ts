import { describe, expect, it } from 'vitest';
import { endpointReads, unknownEndpoint } from '../../../src/phases/join/unknown-endpoint.ts';

const server = 'https://api.kinit.internal:6443';
const answered = (code: number, stdout: string) => ({
  commands: new Map(
    (endpointReads(server).commands ?? []).map((argv) => [argv.join('\0'), { code, stdout, stderr: '' }]),
  ),
});

describe('a node that joins a cluster that goes by kinit’s name', () => {
  it('is refused where it does not know the name, with what mends it', () => {
    const [problem] = unknownEndpoint(server, answered(2, ''));
    expect(problem).toMatchObject({ name: 'EndpointResolution', severity: 'error' });
    expect(problem?.mend).toContain("echo 'ADDRESS api.kinit.internal' >>/etc/hosts");
  });

  it('may join where it knows it', () => {
    expect(unknownEndpoint(server, answered(0, '10.0.0.11 STREAM api.kinit.internal\n'))).toEqual([]);
  });

  it('is not asked where the cluster goes by another name', () => {
    expect(endpointReads('https://k8s.example.com:6443')).toEqual({});
    expect(unknownEndpoint('https://k8s.example.com:6443', { commands: new Map() })).toEqual([]);
  });
});
