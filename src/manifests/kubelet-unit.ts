import { bootstrapKubeletConf, kubeletConf, kubeletConfigFile, kubeletFlagsFile } from '../release/paths.ts';

/** /etc/systemd/system/kubelet.service where no package brought one; the text follows kubernetes/release's packages. */
export const kubeletUnit = `[Unit]
Description=kubelet: The Kubernetes Node Agent
Documentation=https://kubernetes.io/docs/
Wants=network-online.target
After=network-online.target

[Service]
ExecStart=/usr/bin/kubelet
Restart=always
StartLimitInterval=0
RestartSec=10

[Install]
WantedBy=multi-user.target
`;

/** Its drop-in, which hands the kubelet what init and join write; the last of two equal flags counts. */
export const kubeletDropIn = `[Service]
Environment="KUBELET_KUBECONFIG_ARGS=--bootstrap-kubeconfig=${bootstrapKubeletConf} --kubeconfig=${kubeletConf}"
Environment="KUBELET_CONFIG_ARGS=--config=${kubeletConfigFile}"
# KUBELET_KUBEADM_ARGS, written by init and join
EnvironmentFile=-${kubeletFlagsFile}
# KUBELET_EXTRA_ARGS, the administrator's
EnvironmentFile=-/etc/sysconfig/kubelet
ExecStart=
ExecStart=/usr/bin/kubelet $KUBELET_KUBECONFIG_ARGS $KUBELET_CONFIG_ARGS $KUBELET_KUBEADM_ARGS $KUBELET_EXTRA_ARGS
`;
