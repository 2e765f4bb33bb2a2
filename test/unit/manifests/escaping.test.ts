import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { containerdConfig, registryHosts } from '../../../src/manifests/containerd-config.ts';
import { joinCommandLine } from '../../../src/manifests/join-command.ts';
import { kubeadmFlagsEnv } from '../../../src/manifests/kubelet-flags.ts';

const awkward = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '"',
        "'",
        '\\',
        '\n',
        '\r',
        '\u0085',
        '\u2028',
        '$(id)',
        '`id`',
        ';',
        ' ',
        '#',
        ']',
        '=',
        '\u001b',
      ),
      fc.string({ unit: 'binary', maxLength: 3 }),
    ),
    { maxLength: 5 },
  )
  .map((parts) => parts.join('').replaceAll('\0', '').toWellFormed());

describe('text of others in a file that another program reads', () => {
  it.runIf(hasTomllib())('is one string to a reader of TOML, whatever stands in it', () => {
    const texts = fc.sample(awkward, 500);
    const files = texts.map((text) => [
      containerdConfig({ sandboxImage: text, cgroupDriver: 'systemd' }),
      registryHosts('docker.io', [text]),
    ]);
    const program =
      'import sys, json, tomllib\nprint(json.dumps([[tomllib.loads(t) for t in f] for f in json.load(sys.stdin)]))';
    const read = JSON.parse(
      execFileSync('python3', ['-c', program], { input: JSON.stringify(files), encoding: 'utf8' }),
    );
    texts.forEach((text, index) => {
      expect(read[index][0].plugins['io.containerd.grpc.v1.cri'].sandbox_image).toBe(text);
      expect(Object.keys(read[index][1].host)).toEqual([text]);
    });
  });

  it('is one word of the join command to a shell', () => {
    for (const endpoint of fc.sample(awkward, 30)) {
      const command = joinCommandLine({ endpoint, token: 'abcdef.0123456789abcdef', caCertHashes: ['sha256:aa'] });
      const said = execFileSync('sh', ['-c', `printf '%s\\0' ${command}`], { encoding: 'utf8' }).split('\0');
      expect(said.slice(0, 5)).toEqual(['kinit', 'join', endpoint, '--token', 'abcdef.0123456789abcdef']);
    }
  });

  it.each(['[2001:db8::1]:6443', 'cp.example.test:6443', '10.0.0.1:6443'])(
    'leaves the endpoint %s as it is typed',
    (endpoint) => {
      expect(joinCommandLine({ endpoint, token: 't', caCertHashes: [] })).toBe(`kinit join ${endpoint} --token t `);
    },
  );

  it('keeps the kubelet’s arguments on one line to systemd', () => {
    for (const value of fc.sample(awkward, 200)) {
      const text = kubeadmFlagsEnv([{ name: 'a', value }]);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
      expect(text).toMatch(/^KUBELET_KUBEADM_ARGS="[^\n\u0000-\u001f\u007f-\u009f\u2028\u2029]*"\n$/);
    }
  });
});

function hasTomllib(): boolean {
  try {
    execFileSync('python3', ['-c', 'import tomllib'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
