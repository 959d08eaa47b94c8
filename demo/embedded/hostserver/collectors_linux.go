package hostserver

import (
	"log/slog"
	"sync"

	"github.com/alecthomas/kingpin/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/node_exporter/collector"
)

// arguments are flags of node_exporter. The collectors that are switched off
// need a bus, a device or a right that a container or a virtual machine often
// lacks, and would only report that they failed.
var arguments = []string{
	"--no-collector.bcachefs", "--no-collector.bonding", "--no-collector.btrfs", "--no-collector.dmi", "--no-collector.drbd",
	"--no-collector.fibrechannel", "--no-collector.infiniband", "--no-collector.ipvs", "--no-collector.mdadm",
	"--no-collector.nfs", "--no-collector.nfsd", "--no-collector.nvme", "--no-collector.powersupplyclass",
	"--no-collector.rapl", "--no-collector.selinux", "--no-collector.tapestats", "--no-collector.textfile",
	"--no-collector.timex", "--no-collector.zfs", "--no-collector.xfs",
}

// The collectors read their settings from variables of the process that only
// its flag parser fills.
var configure = sync.OnceValue(func() error {
	_, err := kingpin.CommandLine.Parse(arguments)
	return err
})

// register adds the collectors of this machine, and says whether there are any.
func register(reg prometheus.Registerer, log *slog.Logger) (bool, error) {
	if err := configure(); err != nil {
		return false, err
	}
	node, err := collector.NewNodeCollector(log)
	if err != nil {
		return false, err
	}
	return true, reg.Register(node)
}
