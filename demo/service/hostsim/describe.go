package hostsim

import (
	"fmt"
	"math"

	dto "github.com/prometheus/client_model/go"
)

// describe adds the series of a host, under the names and types node_exporter
// gives them.
func (s *Sim) describe(m *machine) {
	add := func(kind dto.MetricType, name, help string, v func() float64, labels ...string) {
		s.add(name, help, kind, m, v, append([]string{"instance", m.instance, "simulated", "true"}, labels...)...)
	}
	gauge := func(name, help string, v func() float64, labels ...string) {
		add(dto.MetricType_GAUGE, name, help, v, labels...)
	}
	counter := func(name, help string, v func() float64, labels ...string) {
		add(dto.MetricType_COUNTER, name, help, v, labels...)
	}
	untyped := func(name, help string, v func() float64, labels ...string) {
		add(dto.MetricType_UNTYPED, name, help, v, labels...)
	}
	fixed := func(v float64) func() float64 { return func() float64 { return v } }
	total := func(v *float64) func() float64 { return func() float64 { return *v } }
	whole := func(v *float64) func() float64 { return func() float64 { return math.Floor(*v) } }

	s.add("up", "1 if the simulated host answers.", dto.MetricType_GAUGE, nil, func() float64 {
		if m.down {
			return 0
		}
		return 1
	}, "instance", m.instance, "simulated", "true")
	gauge("node_uname_info", "Labeled system information as provided by the uname system call.", fixed(1),
		"nodename", m.name, "sysname", "Linux", "release", "6.12.41-sim", "machine", "x86_64", "version", "#1 SMP PREEMPT_DYNAMIC", "domainname", "(none)")
	gauge("node_boot_time_seconds", "Node boot time, in unixtime.", total(&m.boot))
	gauge("node_time_seconds", "System time in seconds since epoch (1970).", func() float64 { return float64(s.last.UnixMilli()) / 1000 })

	for _, c := range []string{"cpu", "diskstats", "filesystem", "loadavg", "meminfo", "netdev", "pressure", "vmstat"} {
		gauge("node_scrape_collector_success", "Whether a collector succeeded.", fixed(1), "collector", c)
	}

	for c := range m.cpu {
		for i, mode := range modes {
			counter("node_cpu_seconds_total", "Seconds the CPUs spent in each mode.", total(&m.cpu[c][i]), "cpu", fmt.Sprint(c), "mode", mode)
		}
	}
	gauge("node_load1", "1m load average.", total(&m.load1))
	gauge("node_load5", "5m load average.", total(&m.load5))
	gauge("node_load15", "15m load average.", total(&m.load15))
	gauge("node_procs_running", "Number of processes in runnable state.", total(&m.running))
	gauge("node_procs_blocked", "Number of processes blocked waiting for I/O to complete.", total(&m.blocked))
	counter("node_context_switches_total", "Total number of context switches.", whole(&m.switches))
	counter("node_intr_total", "Total number of interrupts serviced.", whole(&m.interrupts))
	counter("node_forks_total", "Total number of forks.", whole(&m.forks))
	counter("node_cpu_core_throttles_total", "Number of times this CPU core has been throttled.", whole(&m.throttles), "core", "0", "package", "0")

	for _, g := range []struct {
		name string
		v    func() float64
	}{
		{"MemTotal", fixed(m.memory)},
		{"MemAvailable", func() float64 { return m.memory * (1 - m.memUsed) }},
		{"MemFree", func() float64 { return m.memory * (1 - m.memUsed - m.cache) }},
		{"Buffers", func() float64 { return m.memory * m.cache * .06 }},
		{"Cached", func() float64 { return m.memory * m.cache * .84 }},
		{"SReclaimable", func() float64 { return m.memory * m.cache * .10 }},
		{"Shmem", func() float64 { return m.memory * m.cache * .05 }},
		{"SwapTotal", fixed(m.swap)},
		{"SwapFree", func() float64 { return m.swap * (1 - m.swapUsed) }},
		{"Committed_AS", func() float64 { return m.memory * m.memUsed * .9 }},
		{"CommitLimit", fixed(m.memory*.85 + m.swap)},
	} {
		gauge("node_memory_"+g.name+"_bytes", "Memory information field "+g.name+"_bytes.", g.v)
	}
	for _, v := range []struct {
		name string
		v    *float64
	}{{"pgmajfault", &m.faults}, {"pswpin", &m.swapIn}, {"pswpout", &m.swapOut}, {"oom_kill", &m.ooms}} {
		untyped("node_vmstat_"+v.name, "/proc/vmstat information field "+v.name+".", whole(v.v))
	}
	for i, mt := range m.mounts {
		l := []string{"device", mt.device, "mountpoint", mt.path, "fstype", mt.fstype}
		left := func() float64 { return mt.size * (1 - m.filled[i]) }
		gauge("node_filesystem_size_bytes", "Filesystem size in bytes.", fixed(mt.size), l...)
		gauge("node_filesystem_free_bytes", "Filesystem free space in bytes.", left, l...)
		gauge("node_filesystem_avail_bytes", "Filesystem space available to non-root users in bytes.", left, l...)
		gauge("node_filesystem_files", "Filesystem total file nodes.", fixed(mt.inodes), l...)
		gauge("node_filesystem_files_free", "Filesystem total free file nodes.", func() float64 { return math.Floor(mt.inodes * (1 - .4*m.filled[i])) }, l...)
		gauge("node_filesystem_readonly", "Filesystem read-only status.", fixed(0), l...)
	}
	s.describeIO(m, counter, gauge, untyped)
}

type adder func(name, help string, v func() float64, labels ...string)

func (s *Sim) describeIO(m *machine, counter, gauge, untyped adder) {
	total := func(v *float64) func() float64 { return func() float64 { return *v } }
	scaled := func(v *float64, by float64) func() float64 { return func() float64 { return math.Floor(*v * by) } }
	dev := []string{"device", m.disk}
	counter("node_disk_reads_completed_total", "The total number of reads completed successfully.", scaled(&m.reads, 1), dev...)
	counter("node_disk_writes_completed_total", "The total number of writes completed successfully.", scaled(&m.writes, 1), dev...)
	counter("node_disk_read_bytes_total", "The total number of bytes read successfully.", scaled(&m.reads, m.bytesPerOp), dev...)
	counter("node_disk_written_bytes_total", "The total number of bytes written successfully.", scaled(&m.writes, m.bytesPerOp), dev...)
	counter("node_disk_read_time_seconds_total", "The total number of seconds spent by all reads.", total(&m.readSeconds), dev...)
	counter("node_disk_write_time_seconds_total", "The total number of seconds spent by all writes.", total(&m.writeSeconds), dev...)
	counter("node_disk_io_time_seconds_total", "Total seconds spent doing I/Os.", total(&m.ioSeconds), dev...)
	counter("node_disk_io_time_weighted_seconds_total", "The weighted # of seconds spent doing I/Os.", total(&m.ioWeighted), dev...)

	nic := []string{"device", m.nic}
	zero := func() float64 { return 0 }
	for _, n := range []struct {
		name string
		v    func() float64
	}{
		{"receive_bytes", scaled(&m.rx, 1)}, {"transmit_bytes", scaled(&m.tx, 1)},
		{"receive_packets", scaled(&m.rxPackets, 1)}, {"transmit_packets", scaled(&m.txPackets, 1)},
		{"receive_errs", scaled(&m.rxErrors, 1)}, {"transmit_errs", zero},
		{"receive_drop", scaled(&m.rxDrops, 1)}, {"transmit_drop", zero},
	} {
		counter("node_network_"+n.name+"_total", "Network device statistic "+n.name+".", n.v, nic...)
	}
	gauge("node_network_speed_bytes", "Network device property: speed_bytes.", func() float64 { return m.speed }, nic...)
	gauge("node_network_up", "Value is 1 if operstate is 'up', 0 otherwise.", func() float64 { return 1 }, nic...)
	untyped("node_netstat_Tcp_OutSegs", "Statistic TcpOutSegs.", scaled(&m.segments, 1))
	untyped("node_netstat_Tcp_RetransSegs", "Statistic TcpRetransSegs.", scaled(&m.retransmits, 1))
	untyped("node_netstat_TcpExt_ListenOverflows", "Statistic TcpExtListenOverflows.", scaled(&m.listenOverflows, 1))
	gauge("node_sockstat_TCP_inuse", "Number of TCP sockets in state inuse.", scaled(&m.sockets, 1))
	gauge("node_sockstat_TCP_tw", "Number of TCP sockets in state tw.", scaled(&m.sockets, .4))
	gauge("node_sockstat_TCP_orphan", "Number of TCP sockets in state orphan.", zero)
	gauge("node_nf_conntrack_entries", "Number of currently allocated flow entries for connection tracking.", scaled(&m.sockets, 3))
	gauge("node_nf_conntrack_entries_limit", "Maximum size of connection tracking table.", func() float64 { return 65536 })

	for _, p := range []struct {
		name string
		v    *float64
	}{
		{"cpu_waiting", &m.psiCPU}, {"memory_waiting", &m.psiMem}, {"memory_stalled", &m.psiMemFull},
		{"io_waiting", &m.psiIO}, {"io_stalled", &m.psiIOFull}, {"irq_stalled", &m.psiIRQ},
	} {
		counter("node_pressure_"+p.name+"_seconds_total", "Pressure stall time: "+p.name+".", total(p.v))
	}
	chip := []string{"chip", "platform_coretemp_0", "sensor", "temp1"}
	gauge("node_hwmon_temp_celsius", "Hardware monitor for temperature (input).", total(&m.temperature), chip...)
	gauge("node_hwmon_temp_crit_celsius", "Hardware monitor for temperature (crit).", func() float64 { return 100 }, chip...)
	gauge("node_hwmon_sensor_label", "Label for given chip and sensor.", func() float64 { return 1 }, append([]string{"label", "package_id_0"}, chip...)...)
	gauge("node_timex_offset_seconds", "Time offset in between local system and reference clock.", total(&m.clockOffset))
	gauge("node_timex_sync_status", "Is clock synchronized to a reliable server (1 = yes, 0 = no).", func() float64 {
		if m.clockSynced {
			return 1
		}
		return 0
	})
	gauge("node_filefd_allocated", "File descriptor statistics: allocated.", scaled(&m.sockets, 14))
	gauge("node_filefd_maximum", "File descriptor statistics: maximum.", func() float64 { return 1 << 20 })
}
