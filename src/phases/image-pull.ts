import { fullName } from '../archive/image-name.ts';
import type { NodeRegistration } from '../config/types.ts';
import type { Change } from '../execute/change.ts';
import type { Facts, Runtime } from '../host/facts/facts.ts';
import { isIgnored } from '../preflight/ignore.ts';
import { runtimeOf } from '../preflight/runtime-of.ts';
import { runtimeTool } from './runtime-tool.ts';

/** Seconds for one image; slow mirrors are slow. */
export const pullDeadline = 900;

/** Pulls of the images that the host's runtime lacks, as the pull policy has it. */
export function missingImages(
  images: readonly string[],
  { criSocket, imagePullPolicy }: Pick<NodeRegistration, 'criSocket' | 'imagePullPolicy'>,
  facts: Facts | undefined,
  ignored: readonly string[],
): readonly Change[] {
  if (imagePullPolicy === 'Never' || facts === undefined) return [];
  const lacking = imagesLacking(images, facts, criSocket);
  const missing = imagePullPolicy === 'Always' ? images : lacking;
  const optional = isIgnored('ImagePull', ignored);
  const tool = runtimeTool(criSocket, facts);
  return missing.map(
    (image): Change => ({
      kind: 'command',
      argv: tool.pull(image),
      deadline: pullDeadline,
      optional,
      says: `[preflight] Pulling ${image}`,
      what: `pulling ${image}`,
      advice: `check that the host reaches ${registryOf(image)} (proxy, DNS), or name a mirror as imageRepository (--image-repository): registry.aliyuncs.com/google_containers`,
      causes: causesOf(image),
    }),
  );
}

function causesOf(image: string) {
  const registry = registryOf(image);
  return [
    {
      sign: /StatusNotFound|manifest unknown|not found|NAME_UNKNOWN/i,
      advice: `${registry} has no such image: push it there (kinit images push), or name another imageRepository (--image-repository)`,
    },
    {
      sign: /server gave HTTP response to HTTPS client/,
      advice: `${registry} speaks plain HTTP: say so in the file, runtime: {registryMirrors: {"${registry}": ["http://${registry}"]}}`,
    },
    {
      sign: /x509: /,
      advice: `the host does not trust the certificate of ${registry}: put its CA into /etc/pki/ca-trust/source/anchors and run update-ca-trust`,
    },
  ];
}

function registryOf(image: string): string {
  return fullName(image).split('/')[0] ?? image;
}

/** What is known of a host whose runtimes have got images since. */
export function withImages(facts: Facts, brought: readonly string[]): Facts {
  const having = <R extends Pick<Runtime, 'images'>>(runtime: R) => ({
    ...runtime,
    images: [...runtime.images, ...brought],
  });
  return { ...facts, runtime: having(facts.runtime), runtimes: facts.runtimes.map(having) };
}

/** Those of the images that the runtime behind the socket does not have; without a socket, the first runtime found. */
export function imagesLacking(images: readonly string[], facts: Facts, criSocket?: string): readonly string[] {
  const runtime = criSocket === undefined ? facts.runtime : runtimeOf(facts, { criSocket });
  const there = new Set(runtime?.images.map(fullName));
  return images.filter((image) => !there.has(fullName(image)));
}
