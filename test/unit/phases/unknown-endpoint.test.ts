import { describe, expect, it } from 'vitest';
import { endpointReads, unknownEndpoint } from '../../../src/phases/join/unknown-endpoint.ts';
import type { JoinContext } from '../../../src/phases/join-context.ts';

const joining = (more: object = {}, ignorePreflightErrors: readonly string[] = []) =>
  ({
    server: 'https://api.kinit.internal:6443',
    config: { nodeRegistration: { ignorePreflightErrors } },
    ...more,
  }) as unknown as JoinContext;
const server = joining();
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
    const other = joining({ server: 'https://k8s.example.com:6443' });
    expect(endpointReads(other)).toEqual({});
    expect(unknownEndpoint(other, { commands: new Map() })).toEqual([]);
  });

  it('is not asked where the run writes the name itself, or in a rehearsal would have', () => {
    expect(endpointReads(joining({ balancing: {} }))).toEqual({});
    expect(unknownEndpoint(joining({ balancing: {} }), { commands: new Map() })).toEqual([]);
  });

  it.each(['all', 'EndpointResolution'])('may join all the same where the operator ignores %s', (check) => {
    expect(unknownEndpoint(joining({}, [check]), answered(2, ''))).toEqual([]);
  });
});
