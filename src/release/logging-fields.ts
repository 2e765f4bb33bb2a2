import { type Structure, struct } from './go-types.ts';
import { pick, type Row, type Verified } from './table.ts';
import type { Version } from './version.ts';

export const verified: Verified = {
  table: 'loggingFields',
  upTo: 37,
  source: 'k8s.io/component-base of 2026-07-21, after v0.37.0-beta.0',
};

/** The fields of LoggingConfiguration, which the configurations of the kubelet and kube-proxy hold, at `version`. */
export function loggingFields(version: Version): Structure {
  return pick(loggingConfiguration, version);
}

const output = struct({ bool: 'splitStream', 'resource.Quantity': 'infoBufferSize' });
const pattern = struct({ string: 'filePattern', uint32: 'verbosity' });

const first = struct({ string: 'format' });
const sanitized = struct({ string: 'format', bool: 'sanitization' });
const options: Structure = { vmodule: ['[]', pattern], options: { json: output } };
const detailed = struct({ string: 'format', uint32: 'verbosity', 'time.Duration': 'flushFrequency' }, options);
const readable: Structure = { ...detailed, flushFrequency: 'TimeOrMetaDuration' };

const source = 'k8s.io/component-base';

const loggingConfiguration: readonly Row<Structure>[] = [
  { from: '1.18', value: {}, source: `${source} release-1.18 has none` },
  { from: '1.19', value: first, source: `${source} config/v1alpha1/types.go, branch release-1.19` },
  { from: '1.20', value: sanitized, source: `${source} config/v1alpha1/types.go, branch release-1.20` },
  {
    from: '1.23',
    value: { ...sanitized, ...detailed },
    source: `${source} config/v1alpha1/types.go, branch release-1.23`,
  },
  { from: '1.24', value: detailed, source: `${source} config/v1alpha1/types.go, branch release-1.24` },
  { from: '1.28', value: readable, source: `${source} logs/api/v1/types.go, branch release-1.28` },
  {
    from: '1.30',
    value: { ...readable, options: { json: output, text: output } },
    source: `${source} logs/api/v1/types.go, branch release-1.30`,
  },
];
