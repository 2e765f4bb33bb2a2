import { type Question, shell } from './question.ts';

/** Running containers of pods by the runtime that has them: `docker`, `containerd`, `crio`. */
export const podsByRuntimeQuestion: Question<ReadonlyMap<string, number>> = {
  argv: shell(`if [ -S /var/run/docker.sock ] && command -v docker >/dev/null; then
  echo "docker $(timeout 8 docker ps -q --filter name=^/k8s_ 2>/dev/null | wc -l)"
fi
if [ -d /run/containerd/io.containerd.runtime.v2.task/k8s.io ]; then
  echo "containerd $(ls /run/containerd/io.containerd.runtime.v2.task/k8s.io | wc -l)"
fi
if [ -S /var/run/crio/crio.sock ] && command -v crictl >/dev/null; then
  echo "crio $(timeout 8 crictl -r unix:///var/run/crio/crio.sock ps -q 2>/dev/null | wc -l)"
fi`),
  parse: (text) =>
    new Map(
      text.split('\n').flatMap((line) => {
        const [, name, count] = /^(\w+) +(\d+)$/.exec(line) ?? [];
        return name === undefined ? [] : [[name, Number(count)]];
      }),
    ),
};
