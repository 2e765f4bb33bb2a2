import type { KubeObject } from '../../kube/client.ts';
import { containersOf } from '../../kube/pod-status.ts';
import { runtimeOf } from '../../preflight/runtime-of.ts';
import { type Finding, trouble } from '../finding.ts';
import type { Patient } from '../patient.ts';
import type { Rule } from '../rule.ts';

/** Images that pods of the node wait for: by what the API tells of them, else by the kubelet's own words. */
export const imageNotPulled: Rule = {
  unless: ['CRI', 'RuntimeStopped', 'KubeletStopped'],
  check: (patient) => {
    const waiting = patient.beyond.api?.pods.flatMap(imagesWaitedFor) ?? imagesInLog(patient);
    const found = new Map<string, Finding>();
    for (const { image, evidence } of waiting) {
      if (found.has(image)) continue;
      const mend = `look whether the host reaches its registry (proxy, DNS, name of the image): kinit images pull; a mirror: runtime.registryMirrors, network.imageRepository`;
      found.set(
        image,
        trouble('ImageNotPulled', `the image ${image} is not there and cannot be pulled`, { evidence, mend }),
      );
    }
    return [...found.values()];
  },
};

interface WaitedFor {
  readonly image: string;
  readonly evidence: string;
}

function imagesWaitedFor(pod: KubeObject): readonly WaitedFor[] {
  return containersOf(pod).flatMap(({ image, state }) => {
    const { reason = '', message = '' } = state?.waiting ?? {};
    if (!/Image/.test(reason) || image === undefined) return [];
    return [{ image, evidence: `${pod.metadata.name}: ${[reason, message].filter(Boolean).join(': ')}` }];
  });
}

/** Of those that are there by now nobody need hear. */
function imagesInLog({ facts, subject, kubeletLog }: Patient): readonly WaitedFor[] {
  const there = new Set(runtimeOf(facts, subject)?.images ?? []);
  return kubeletLog.flatMap((line) => {
    if (!/ErrImage|ImagePullBackOff|[Ff]ailed to pull image|Back-off pulling image/.test(line) || /sandbox/i.test(line))
      return [];
    const image = /(?:pull(?:ing)? image|image) \\*"([^"\\\s]+)\\*"/i.exec(line)?.[1];
    return image === undefined || there.has(image) ? [] : [{ image, evidence: line }];
  });
}
